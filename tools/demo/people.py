# SPDX-License-Identifier: EUPL-1.2
"""Invented people. Names are drawn from short lists; any likeness to a person is chance."""

FAMILY = """Abasi Ademi Adeyemi Aksoy Albayrak Almasi Amani Ansari Aslan Ayub Azizi Bagheri Barzani Bekele Beridze Castillo Demir Diallo
Dogan Ebrahimi Farah Ferati Ghafari Gomez Habib Haddad Haidari Hakimi Hamidi Hassan Hosseini Ibrahimi Ismail Jafari Kakar Kaplan Karimi
Kaya Keita Khalil Khoury Kvaratia Lopes Maloku Mansour Mendez Mirzai Moradi Musa Nazari Noori Okafor Omar Osmani Petrosyan Qasimi Rahimi
Rashid Rezai Rojas Sabri Sahin Saleh Samadi Sarkis Shams Sharifi Soltani Tadesse Taheri Tesfay Torosyan Usmani Vardanyan Warsame Yildiz
Yousefi Zamani Zaman Zheng""".split()

GIVEN = {
    "f": """Aisha Amina Ana Arpine Asmara Aylin Azadeh Bahar Carmen Dalia Elif Farida Fatima Gulnar Hala Hana Helin Irma Jamila Karla
    Laila Lejla Leyla Lucia Mahsa Maryam Meral Mina Nadia Nana Narin Nino Parwin Rana Rojin Roza Sahar Salma Samira Selam Shirin Soraya
    Tamar Valeria Warda Yara Yasmin Zahra Zainab Zeynep""".split(),
    "m": """Abdul Ahmad Aland Ali Amir Andres Aram Arman Baran Bashir Carlos Dawit Diyar Elias Emre Fadi Farhad Giorgi Hamid Hassan
    Hovik Ibrahim Idris Issa Jamal Javid Kamran Karim Khalid Levan Luis Mahdi Mamadou Mehmet Milad Mirza Musa Nabil Nader Omid Omar Pedro
    Rafi Rahim Reza Rostam Sami Samuel Serhat Tariq Yonas Yusuf Zaid""".split(),
}

# Country code, weight, language code.
ORIGINS = [("SY", 26, "ar"), ("AF", 22, "prs"), ("IQ", 12, "kmr"), ("TR", 10, "tr"), ("VE", 9, "es"), ("GE", 7, "ka"), ("SO", 4, "so"),
           ("ER", 3, "ti"), ("IR", 3, "fa"), ("RU", 2, "ru"), ("PK", 1, "ur"), ("VN", 1, "vi")]


def draw_origin(rng):
    country, _, language = rng.choices(ORIGINS, weights=[o[1] for o in ORIGINS])[0]
    return country, language


def draw_family(rng, today, size):
    """A list of persons that share a family name and an origin; adults first."""
    family = rng.choice(FAMILY)
    country, language = draw_origin(rng)
    persons = []
    for n in range(size):
        child = n >= 2 or (n == 1 and size == 2 and rng.random() < 0.5)
        age_days = rng.randint(200, 17 * 365) if child else rng.randint(19 * 365, 58 * 365)
        persons.append({"family_name": family, "given_names": rng.choice(GIVEN[rng.choice("fm")]), "nationality": country,
                        "birth_date": today.fromordinal(today.toordinal() - age_days).isoformat()})
    return persons, language
