import { z } from 'zod';
import { assemble, type Stretch } from './assemble.js';
import { CodingError, recordingName, type CodedWindow } from './coded-window.js';
import { readLabel } from './label.js';
import type { Row } from './row.js';

const seconds = z.coerce.number().min(0);

/** One row of either export. */
interface Event {
  readonly row: Row;
  readonly line: number;
}

export function isBoris(row: Row): boolean {
  return 'Behavior' in row && ('Start (s)' in row || 'Time' in row);
}

/**
 * Windows of the aggregated events (a row each) or of the tabular events (a row for each start and stop) of BORIS. @throws {CodingError}
 */
export function readBoris(rows: readonly Row[], name: string): CodedWindow[] {
  const events = rows.map((row, i): Event => ({ row, line: i + 2 }));
  const aggregated = rows.some((row) => 'Start (s)' in row);
  return assemble(aggregated ? events.map((event) => aggregatedStretch(event, name)) : tabularStretches(events, name));
}

function aggregatedStretch(event: Event, name: string): Stretch {
  return stretchOf(event, event.row['Start (s)'], event.row['Stop (s)'], name);
}

/** Pairs each start with the next stop of the same behaviour and subject. */
function tabularStretches(events: readonly Event[], name: string): Stretch[] {
  const open = new Map<string, Event>();
  const stretches: Stretch[] = [];
  for (const event of events) {
    const { row, line } = event;
    const state = (row['Behavior type'] ?? row['Status'] ?? '').toUpperCase();
    const key = JSON.stringify([fileOf(row), row['Subject'], row['Behavior'], modifiersOf(row)]);
    const begun = open.get(key);
    if (state === 'START') {
      if (begun) throw new CodingError(`${name}, row ${line}: ${row['Behavior'] ?? ''} starts again before it has stopped`);
      open.set(key, event);
    } else if (state === 'STOP') {
      if (!begun) throw new CodingError(`${name}, row ${line}: ${row['Behavior'] ?? ''} stops without a start`);
      open.delete(key);
      stretches.push(stretchOf(begun, begun.row['Time'], row['Time'], name));
    } else stretches.push(stretchOf(event, row['Time'], row['Time'], name));
  }
  for (const { row, line } of open.values()) throw new CodingError(`${name}, row ${line}: ${row['Behavior'] ?? ''} never stops`);
  return stretches;
}

function stretchOf({ row, line }: Event, from: string | undefined, to: string | undefined, name: string): Stretch {
  const onset = seconds.safeParse(from ?? undefined);
  const offset = seconds.safeParse(to ?? undefined);
  if (!onset.success || !offset.success || offset.data < onset.data)
    throw new CodingError(`${name}, row ${line}: needs a start and, not before it, a stop, both in seconds`);
  const label = readLabel([row['Behavior'] ?? '', ...modifiersOf(row)].join(' '));
  return { coder: name, file: fileOf(row), onset: onset.data, offset: offset.data, label };
}

function fileOf(row: Row): string {
  return recordingName([row['Media file name'], row['Media file path'], row['Media file'], row['Observation id']].find(Boolean) ?? '');
}

function modifiersOf(row: Row): string[] {
  return Object.entries(row).flatMap(([title, cell]) => (/^Modifiers?( #\d+)?$/.test(title) && cell !== 'None' ? [cell] : []));
}
