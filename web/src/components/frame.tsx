// SPDX-License-Identifier: EUPL-1.2
// What every page stands in: the agency's header, navigation, freshness, announcements.
import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { useInbox, useStatus } from '../api/queries';
import { type Change, type Connection, useStream } from '../api/stream';
import { signOut } from '../api/writes';
import { formatInstant } from '../format';
import { chooseLanguage, languages, useTexts } from '../i18n';
import { useProcess } from '../process';

export function Frame({ children }: { children: ReactNode }) {
  const { t, of } = useTexts();
  const { definition, session } = useProcess();
  const [news, setNews] = useState<Change[]>([]);
  const connection = useStream(true, (change) => setNews((old) => [...old, change].slice(-20)));
  const agency = definition.agencies.find((a) => a.id === session.agency);
  const role = definition.roles.find((r) => r.id === session.role);
  const main = useRef<HTMLElement>(null);
  const [location] = useLocation();
  const first = useRef(true);

  // After going to another page the reader, also by ear, begins at its content.
  useEffect(() => {
    if (!location) return;
    if (!first.current) main.current?.focus();
    first.current = false;
    window.scrollTo(0, 0);
  }, [location]);
  useEffect(() => {
    document.title = `${of(agency?.short)} · ${of(definition.title)}`;
  }, [of, agency, definition]);

  return (
    <>
      <a className="flora-skip kern-btn kern-btn--primary" href="#content">
        <span className="kern-label">{t('skip')}</span>
      </a>
      <header className="flora-header">
        {session.demo && <p className="flora-demo kern-body kern-body--small">{t('demo')}</p>}
        <div className="flora-header__row">
          <div>
            <p className="kern-label flora-agency">{of(agency?.title)}</p>
            <p className="kern-body kern-body--small">{of(definition.title)}</p>
          </div>
          <div className="flora-header__tools">
            <p className="kern-body kern-body--small">{t('signedInAs', { name: session.display_name, role: of(role?.title) })}</p>
            <LanguageSwitch />
            <SignOut />
          </div>
        </div>
        <Navigation />
      </header>
      <main id="content" ref={main} tabIndex={-1} className="flora-main">
        {children}
      </main>
      <Announcements news={news} dismiss={(change) => setNews((old) => old.filter((c) => c !== change))} />
      <Freshness connection={connection} />
    </>
  );
}

export function LanguageSwitch() {
  const { t, language } = useTexts();
  return (
    <fieldset className="flora-languages">
      <legend className="flora-hidden">{t('language')}</legend>
      {languages.map((code) => (
        <button
          key={code}
          type="button"
          lang={code}
          className="kern-btn kern-btn--tertiary kern-btn--x-small"
          aria-pressed={code === language}
          onClick={() => chooseLanguage(code)}
        >
          <span className="kern-label">{code === 'de' ? 'Deutsch' : 'English'}</span>
        </button>
      ))}
    </fieldset>
  );
}

function SignOut() {
  const { t } = useTexts();
  const client = useQueryClient();
  const leave = async () => {
    await signOut();
    client.clear();
    window.location.assign('/');
  };
  return (
    <button type="button" className="kern-btn kern-btn--tertiary kern-btn--x-small" onClick={() => void leave()}>
      <span className="kern-icon kern-icon--logout" aria-hidden="true" />
      <span className="kern-label">{t('signOut')}</span>
    </button>
  );
}

function Navigation() {
  const { t } = useTexts();
  const inbox = useInbox('', 'open');
  const counts = inbox.data?.pages[0]?.counts;
  const urgent = (counts?.critical ?? 0) + (counts?.attention ?? 0);
  const [location] = useLocation();
  const entries = [
    { href: '/', text: t('start') },
    { href: '/next', text: t('next') },
    { href: '/inbox', text: t('inbox'), count: urgent, grave: (counts?.critical ?? 0) > 0 },
    { href: '/search', text: t('search') },
  ];
  return (
    <nav className="flora-nav" aria-label={t('menu')}>
      <ul>
        {entries.map((entry) => (
          <li key={entry.href}>
            <Link
              href={entry.href}
              className="kern-link kern-link--no-visited-state"
              aria-current={location === entry.href ? 'page' : undefined}
            >
              {entry.text}
              {entry.count !== undefined && entry.count > 0 && (
                <span className={`kern-badge kern-badge--small ${entry.grave ? 'kern-badge--danger' : 'kern-badge--warning'}`}>
                  <span className="kern-label kern-label--small">{entry.count}</span>
                </span>
              )}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** Critical findings that arise while the page is open are spoken at once, others wait their turn. */
function Announcements({ news, dismiss }: { news: Change[]; dismiss: (change: Change) => void }) {
  const { t } = useTexts();
  const { rule, sentence } = useProcess();
  const grave = news.flatMap((change) =>
    (change.cases ?? []).flatMap((c) =>
      c.findings
        .filter((f) => f.level === 'critical' && (f.change === 'opened' || f.change === 'escalated'))
        .map((f) => ({ change, id: c.case, finding: f })),
    ),
  );
  return (
    <div className="flora-news" aria-live="assertive">
      {grave.slice(-3).map(({ change, id, finding }) => (
        <div key={`${change.height}-${id}-${finding.rule}`} className="kern-alert kern-alert--danger">
          <div className="kern-alert__header">
            <span className="kern-icon kern-icon--danger" aria-hidden="true" />
            <span className="kern-title">{t('newFinding', { level: t('level.critical'), rule: rule(finding.rule) })}</span>
          </div>
          <div className="kern-alert__body">
            <p className="kern-body">{sentence(finding.rule)}</p>
            <Link href={`/case/${id}`} className="kern-link">
              {t('newFindingHelp')}
            </Link>
            <button type="button" className="kern-btn kern-btn--tertiary kern-btn--x-small" onClick={() => dismiss(change)}>
              <span className="kern-label">{t('close')}</span>
            </button>
          </div>
        </div>
      ))}
    </div>
  );
}

function Freshness({ connection }: { connection: Connection }) {
  const { t, language } = useTexts();
  const status = useStatus();
  const stale = connection === 'lost' || status.isError;
  return (
    <footer className={`flora-freshness ${stale ? 'flora-freshness--stale' : ''}`}>
      <p className="kern-body kern-body--small" aria-live="polite">
        {stale ? t('lost') : t(connection === 'live' ? 'live' : 'connecting')}
        {status.data &&
          ` · ${t('freshness', { time: formatInstant(status.data.ledger_time, language), height: status.data.height })}`}
        {status.data && !status.data.writable && ` · ${t('notWritable')}`}
      </p>
    </footer>
  );
}
