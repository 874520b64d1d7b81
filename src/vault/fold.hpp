// SPDX-License-Identifier: EUPL-1.2
// Names as searching compares them: lower case, without accents, German spellings folded together (Müller, Mueller and
// Muller are one), apostrophes dropped, split into words. Pure; any thread.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace flora::vault {

// The words of a name or a query, in order; each is UTF-8 and not empty. Text that is not UTF-8 gives none.
std::vector<std::string> fold_words(std::string_view text);
// A file number as it is compared: upper case ASCII, without spaces.
std::string fold_number(std::string_view text);
// "2001-02-03" from itself, "03.02.2001" or "3.2.2001"; empty if it is no such date.
std::string fold_date(std::string_view text);
// The first `letters` code points.
std::string_view first_letters(std::string_view utf8, std::size_t letters);
std::size_t count_letters(std::string_view utf8);
bool is_utf8(std::string_view text);

}  // namespace flora::vault
