// SPDX-License-Identifier: EUPL-1.2
// A finding's level: word, sign and colour, never colour alone.
import type { Schemas } from '../api/client';
import { useTexts } from '../i18n';

const look = {
  hint: ['kern-badge--info', 'kern-icon--info'],
  attention: ['kern-badge--warning', 'kern-icon--warning'],
  critical: ['kern-badge--danger', 'kern-icon--danger'],
  refuse: ['kern-badge--danger', 'kern-icon--close'],
} as const;

export function LevelBadge({ level }: { level: Schemas['Level'] }) {
  const { t } = useTexts();
  if (level === 'none') return null;
  const [badge, icon] = look[level];
  return (
    <span className={`kern-badge kern-badge--small ${badge}`}>
      <span className={`kern-icon kern-icon--small ${icon}`} aria-hidden="true" />
      <span className="kern-label kern-label--small">{t(`level.${level}`)}</span>
    </span>
  );
}
