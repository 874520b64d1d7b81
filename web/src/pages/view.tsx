// SPDX-License-Identifier: EUPL-1.2
// One view: the worklist with search and order; a write view also selects cases, families or a new person and records its step.
import { useMemo, useState } from 'react';
import { Link } from 'wouter';
import type { Schemas } from '../api/client';
import { useView } from '../api/queries';
import { CaseTable } from '../components/case_table';
import type { Subject } from '../components/consequences';
import { TextField } from '../components/field';
import { NewPersonDialog } from '../components/new_person';
import { Loading, ProblemAlert } from '../components/problem';
import { RecordDialog } from '../components/record';
import { useTexts } from '../i18n';
import { useProcess } from '../process';

export function ViewPage({ view: id }: { view: string }) {
  const { t } = useTexts();
  const { views } = useProcess();
  const view = views.get(id);
  return view ? <Worklist view={view} /> : <h1 className="kern-heading-large">{t('notFound')}</h1>;
}

function Worklist({ view }: { view: Schemas['View'] }) {
  const { t, of } = useTexts();
  const [sort, setSort] = useState(view.sort);
  const [search, setSearch] = useState('');
  const list = useView(view.id, { sort, search, filters: {} });
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.rows) ?? [], [list.data]);
  const total = list.data?.pages[0]?.total ?? 0;
  const [chosen, setChosen] = useState<Map<string, Subject>>(new Map());
  const writes = view.kind === 'write';

  const toggle = (ids: string[], on: boolean) =>
    setChosen((old) => {
      const next = new Map(old);
      for (const row of rows.filter((r) => ids.includes(r.case))) {
        if (on) next.set(row.case, { case: row.case, person: row.person });
        else next.delete(row.case);
      }
      return next;
    });
  const families = new Set([...chosen.values()].map((s) => s.person?.group).filter(Boolean));
  const relatives = rows.filter((row) => row.person?.group && families.has(row.person.group) && !chosen.has(row.case));

  return (
    <>
      <Link href="/" className="kern-link kern-link--no-visited-state">
        <span className="kern-icon kern-icon--arrow-back kern-icon--small" aria-hidden="true" />
        {t('start')}
      </Link>
      <h1 className="kern-heading-large">{of(view.title)}</h1>
      {view.help && <p className="kern-body">{of(view.help)}</p>}
      <div className="flora-tools">
        <TextField label={t('filter')} type="search" filter value={search} onChange={setSearch} />
        <p className="kern-body" aria-live="polite">
          {list.data && t('shownOf', { shown: rows.length, total })}
        </p>
      </div>
      {writes && (
        <WriteBar
          view={view}
          chosen={chosen}
          relatives={relatives.length}
          onFamily={() =>
            toggle(
              relatives.map((row) => row.case),
              true,
            )
          }
          onDone={() => setChosen(new Map())}
        />
      )}
      {list.error && <ProblemAlert error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <Loading />}
      {list.data && rows.length === 0 && <p className="kern-body flora-quiet">{t('nothing')}</p>}
      {rows.length > 0 && (
        <CaseTable
          caption={of(view.title)}
          columns={view.columns}
          rows={rows}
          sort={sort}
          onSort={setSort}
          selection={writes ? { chosen: new Set(chosen.keys()), toggle } : undefined}
        />
      )}
      {list.hasNextPage && (
        <button
          type="button"
          className="kern-btn kern-btn--secondary"
          disabled={list.isFetchingNextPage}
          onClick={() => void list.fetchNextPage()}
        >
          <span className="kern-label">{t('more')}</span>
        </button>
      )}
    </>
  );
}

function WriteBar(props: {
  view: Schemas['View'];
  chosen: Map<string, Subject>;
  relatives: number;
  onFamily: () => void;
  onDone: () => void;
}) {
  const { t, of } = useTexts();
  const { steps } = useProcess();
  const { view, chosen, relatives, onFamily, onDone } = props;
  const step = steps.get(view.step ?? '');
  const [recording, setRecording] = useState<Subject[]>();
  const [adding, setAdding] = useState(false);
  if (!step) return null;
  return (
    <div className="flora-write-bar">
      <p className="kern-body" aria-live="polite">
        {t('selected', { count: chosen.size })}
      </p>
      {relatives > 0 && (
        <button type="button" className="kern-btn kern-btn--secondary" onClick={onFamily}>
          <span className="kern-label">{t('selectFamily')}</span>
        </button>
      )}
      <button
        type="button"
        className="kern-btn kern-btn--primary"
        disabled={chosen.size === 0}
        onClick={() => setRecording([...chosen.values()])}
      >
        <span className="kern-label">{t('recordStep', { step: of(step.title) })}</span>
      </button>
      {view.new_cases && (
        <button type="button" className="kern-btn kern-btn--secondary" onClick={() => setAdding(true)}>
          <span className="kern-icon kern-icon--add" aria-hidden="true" />
          <span className="kern-label">{t('newPerson')}</span>
        </button>
      )}
      {adding && (
        <NewPersonDialog
          onClose={(subject) => {
            setAdding(false);
            if (subject) setRecording([subject]);
          }}
        />
      )}
      {recording && (
        <RecordDialog
          step={step}
          subjects={recording}
          onClose={(recorded) => {
            setRecording(undefined);
            if (recorded) onDone();
          }}
        />
      )}
    </div>
  );
}
