// SPDX-License-Identifier: EUPL-1.2
// German first, English second; the choice is kept in the browser.
import i18next from 'i18next';
import { initReactI18next, useTranslation } from 'react-i18next';
import type { Schemas } from '../api/client';
import { de } from './de';
import { en } from './en';

export const languages = ['de', 'en'] as const;
export type Language = (typeof languages)[number];
const kept = 'flora.language';

function firstLanguage(): Language {
  try {
    return localStorage.getItem(kept) === 'en' ? 'en' : 'de';
  } catch {
    return 'de';
  }
}

void i18next.use(initReactI18next).init({
  lng: firstLanguage(),
  fallbackLng: 'de',
  resources: { de: { translation: de }, en: { translation: en } },
  interpolation: { escapeValue: false },
});
document.documentElement.lang = i18next.language;

export function chooseLanguage(language: Language) {
  void i18next.changeLanguage(language);
  document.documentElement.lang = language;
  try {
    localStorage.setItem(kept, language);
  } catch {
    // Private windows may keep nothing; the choice then lasts as long as the page.
  }
}

/** Texts of the application, and of the package in the same language. */
export function useTexts() {
  const { t, i18n } = useTranslation();
  const language: Language = i18n.language === 'en' ? 'en' : 'de';
  const of = (text: Schemas['Text'] | Record<string, string | undefined> | undefined): string => {
    const texts = text as Record<string, string | undefined> | undefined;
    return texts?.[language] ?? texts?.de ?? '';
  };
  return { t, of, language };
}
