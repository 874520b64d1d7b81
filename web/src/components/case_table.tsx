// SPDX-License-Identifier: EUPL-1.2
// The worklist: a table whose columns, order and filters the view declares. On narrow screens every row becomes a card.
import { createColumnHelper, tableFeatures, useTable } from '@tanstack/react-table';
import { useMemo } from 'react';
import { Link } from 'wouter';
import type { Schemas } from '../api/client';
import { useTexts } from '../i18n';
import { Cell, PersonName } from './cell';

type Row = Schemas['Row'];

export interface Selection {
  chosen: ReadonlySet<string>;
  toggle: (ids: string[], on: boolean) => void;
}

const features = tableFeatures({});
const helper = createColumnHelper<typeof features, Row>();

export function CaseTable(props: {
  caption: string;
  columns: Schemas['Column'][];
  rows: Row[];
  sort: string;
  onSort: (sort: string) => void;
  selection?: Selection | undefined;
}) {
  const { t, of } = useTexts();
  const { columns, rows, sort, onSort, selection } = props;
  const shown = useMemo(
    () =>
      columns.map((column) =>
        helper.display({
          id: column.id,
          header: of(column.title) || t(`column.${column.kind}` as never),
          meta: { column } as never,
        }),
      ),
    [columns, of, t],
  );
  const table = useTable({ features, columns: shown, data: rows, getRowId: (row) => row.case });
  const byId = new Map(columns.map((c) => [c.id, c]));
  const linked = columns.some((c) => c.kind === 'name') ? 'name' : undefined;
  const allChosen = rows.length > 0 && rows.every((row) => selection?.chosen.has(row.case));

  return (
    <div className="kern-table-responsive">
      <table className="kern-table kern-table--small flora-table">
        <caption className="flora-hidden">{props.caption}</caption>
        <thead className="kern-table__header">
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id} className="kern-table__row">
              {selection && (
                <th scope="col" className="kern-table__header flora-check">
                  <input
                    type="checkbox"
                    aria-label={t('selectAll')}
                    checked={allChosen}
                    onChange={(event) =>
                      selection.toggle(
                        rows.map((row) => row.case),
                        event.target.checked,
                      )
                    }
                  />
                </th>
              )}
              {group.headers.map((header) => {
                const column = byId.get(header.id);
                if (!column) return null;
                return (
                  <HeaderCell
                    key={header.id}
                    column={column}
                    title={String(header.column.columnDef.header)}
                    sort={sort}
                    onSort={onSort}
                  />
                );
              })}
            </tr>
          ))}
        </thead>
        <tbody className="kern-table__body">
          {table.getRowModel().rows.map(({ id, original: row }) => (
            <tr key={id} className={`kern-table__row flora-row--${row.level}`}>
              {selection && (
                <td className="kern-table__cell flora-check">
                  <input
                    type="checkbox"
                    aria-label={`${t('select')}: ${row.person ? `${row.person.family_name}, ${row.person.given_names}` : row.case}`}
                    checked={selection.chosen.has(id)}
                    onChange={(event) => selection.toggle([id], event.target.checked)}
                  />
                </td>
              )}
              {columns.map((column, index) => (
                <td
                  key={column.id}
                  className="kern-table__cell"
                  data-title={of(column.title) || t(`column.${column.kind}` as never)}
                >
                  {column.kind === linked || (!linked && index === 0) ? (
                    <Link href={`/case/${id}`} className="kern-link kern-link--no-visited-state">
                      {column.kind === 'name' ? <PersonName person={row.person} /> : <Cell column={column} row={row} />}
                    </Link>
                  ) : (
                    <Cell column={column} row={row} />
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function HeaderCell(props: { column: Schemas['Column']; title: string; sort: string; onSort: (sort: string) => void }) {
  const { t } = useTexts();
  const { column, title, sort, onSort } = props;
  const direction = sort === column.id ? 'ascending' : sort === `-${column.id}` ? 'descending' : undefined;
  if (!column.sortable) {
    return (
      <th scope="col" className="kern-table__header">
        {title}
      </th>
    );
  }
  return (
    <th scope="col" className="kern-table__header" aria-sort={direction ?? 'none'}>
      <button
        type="button"
        className="flora-sort"
        title={t('sortBy', { column: title })}
        onClick={() => onSort(direction === 'ascending' ? `-${column.id}` : column.id)}
      >
        {title}
        <span aria-hidden="true">{direction === 'ascending' ? ' ▲' : direction === 'descending' ? ' ▼' : ''}</span>
      </button>
    </th>
  );
}
