// SPDX-License-Identifier: EUPL-1.2
// The browser's own modal dialog: keeps the focus inside, closes on Escape, gives the focus back.
import { type ReactNode, useEffect, useId, useRef } from 'react';
import { useTexts } from '../i18n';

export function Dialog({ title, onClose, children }: { title: string; onClose: () => void; children: ReactNode }) {
  const { t } = useTexts();
  const element = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const dialog = element.current;
    if (dialog && !dialog.open) dialog.showModal();
    return () => dialog?.close();
  }, []);
  return (
    <dialog ref={element} className="kern-dialog flora-dialog" aria-labelledby={heading} onClose={onClose}>
      <header className="kern-dialog__header">
        <h2 id={heading} className="kern-title kern-title--large">
          {title}
        </h2>
        <button
          type="button"
          className="kern-btn kern-btn--tertiary"
          aria-label={t('close')}
          onClick={() => element.current?.close()}
        >
          <span className="kern-icon kern-icon--close" aria-hidden="true" />
        </button>
      </header>
      <section className="kern-dialog__body">{children}</section>
    </dialog>
  );
}
