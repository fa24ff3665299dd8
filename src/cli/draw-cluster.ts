/**
 * Draws a cluster for a terminal: the nodes with marks, the matrix of links, and one sentence.
 *
 * A pure function of the picture, tested as text. Every mark has its word beside it and every cell
 * is a word, so that nothing is said by colour alone; seven nodes fit 80 columns.
 */

import type { ClusterPicture, NodePicture } from '../core/cluster/cluster-picture.js';
import type { LinkPicture } from '../core/cluster/link-picture.js';
import { situationOf } from '../core/cluster/situation.js';
import type { LinkFault } from '../core/wire/link-fault.js';
import { describeSituation } from './describe-situation.js';
import type { Colour } from './output.js';

export type Paint = (text: string, colour: Colour) => string;

const WIDTH = 80;
const CELL_WIDTH = 8;
const plain: Paint = (text) => text;

export function drawCluster(picture: ClusterPicture, paint: Paint = plain): string[] {
  const sentence = wrapText(describeSituation(situationOf(picture)), WIDTH);
  return [...drawNodes(picture, paint), '', ...drawLinks(picture, paint), '', ...sentence];
}

type Look = readonly [mark: string, colour: Colour];

const LOOKS = {
  leader: ['★', 'green'],
  connected: ['●', 'green'],
  minority: ['○', 'yellow'],
  cutOff: ['◌', 'red'],
  down: ['✗', 'red'],
  paused: ['‖', 'yellow'],
  unknown: ['?', 'yellow'],
} as const satisfies Readonly<Record<string, Look>>;

const NODE_HEADER = ['NODE', 'STATE', 'REACHES', 'BALLOT', 'DECIDED', 'ACCEPTED', 'LAG'] as const;

function drawNodes(picture: ClusterPicture, paint: Paint): string[] {
  const rows = [NODE_HEADER, ...picture.nodes.map((node) => nodeCells(node, picture))];
  const widths = NODE_HEADER.map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows.map((row, index) => {
    const node = picture.nodes[index - 1];
    const [mark, colour] = node === undefined ? [' ', undefined] : lookOf(node);
    const painted = colour === undefined ? mark : paint(mark, colour);
    const cells = row.map((cell, column) => cell.padEnd(widths[column] ?? 0));
    return `${painted} ${cells.join('  ')}`.trimEnd();
  });
}

function nodeCells(node: NodePicture, picture: ClusterPicture): readonly string[] {
  const { pid, ballot, decidedIdx, acceptedIdx, lag } = node;
  const numbers = [decidedIdx, acceptedIdx, lag].map((number) => String(number ?? '-'));
  const shown = ballot === undefined ? '-' : `${ballot.n}@${ballot.pid}`;
  return [String(pid), stateOf(node), reachOf(node, picture), shown, ...numbers];
}

function stateOf(node: NodePicture): string {
  const { state, isAnswering, isLeader, isPreparing, follows, relaysThrough } = node;
  if (state !== 'running') return state;
  if (!isAnswering) return 'does not answer';
  if (isPreparing) return 'takes over';
  if (isLeader) return 'leader';
  if (follows === undefined) return 'follows nobody';
  const through = relaysThrough === undefined ? '' : ` through ${relaysThrough}`;
  return `follows ${follows}${through}`;
}

function reachOf(node: NodePicture, picture: ClusterPicture): string {
  if (node.state !== 'running') return '-';
  const count = `${node.reaches.length + 1} of ${picture.nodes.length}`;
  if (node.isQuorumConnected) return `${count}, quorum`;
  return node.isCutOff ? `${count}, cut off` : count;
}

function lookOf(node: NodePicture): Look {
  if (node.state === 'down') return LOOKS.down;
  if (node.state === 'paused') return LOOKS.paused;
  if (!node.isAnswering) return LOOKS.unknown;
  if (node.isLeader) return node.isQuorumConnected ? LOOKS.leader : [LOOKS.leader[0], 'red'];
  if (node.isCutOff) return LOOKS.cutOff;
  return node.isQuorumConnected ? LOOKS.connected : LOOKS.minority;
}

/** Rows send, columns receive. Nothing for a cluster of one. */
export function drawLinks(picture: ClusterPicture, paint: Paint = plain): string[] {
  const pids = picture.nodes.map(({ pid }) => pid);
  if (pids.length < 2) return ['no links: it is the only node'];
  const header = ['FROM\\TO', ...pids.map(String)].map((cell) => cell.padEnd(CELL_WIDTH));
  const rows = pids.map((from) => {
    const cells = pids.map((to) => {
      const link = picture.links.find((at) => at.from === from && at.to === to);
      const text = link === undefined ? '·' : cellOf(link);
      const colour = link === undefined ? 'dim' : CELL_COLOURS[link.state];
      const padding = ' '.repeat(Math.max(CELL_WIDTH - text.length, 0));
      return `${colour === undefined ? text : paint(text, colour)}${padding}`;
    });
    return `${String(from).padEnd(CELL_WIDTH)} ${cells.join(' ')}`.trimEnd();
  });
  return [header.join(' ').trimEnd(), ...rows];
}

const CELL_COLOURS: Readonly<Record<LinkPicture['state'], Colour | undefined>> = {
  works: undefined,
  cut: 'red',
  faulty: 'yellow',
  down: 'dim',
  unknown: 'yellow',
};

function cellOf({ state, fault, areEndsUp }: LinkPicture): string {
  // Also where an end is down: the cut is there when it comes back.
  if (fault?.isCut === true) return 'cut';
  switch (state) {
    case 'works':
      return 'ok';
    case 'cut':
      return 'cut';
    case 'faulty':
      return fault === undefined ? 'faulty' : shortFault(fault);
    case 'down':
      // Where an end is down, the list of nodes says so already.
      return areEndsUp ? 'down' : '-';
    case 'unknown':
      return '?';
  }
}

/** As much as fits a cell: `50ms 5%`, `50±10ms`, `300ms+` where there is more. */
export function shortFault(fault: LinkFault): string {
  const { delayMs, jitterMs, dropProbability, duplicateProbability, reorderProbability } = fault;
  const delay = jitterMs > 0 ? `${delayMs}±${jitterMs}ms` : `${delayMs}ms`;
  const parts = [
    ...(delayMs > 0 || jitterMs > 0 ? [delay] : []),
    ...(dropProbability > 0 ? [percent(dropProbability)] : []),
    ...(duplicateProbability > 0 ? ['double'] : []),
    ...(reorderProbability > 0 ? ['reorder'] : []),
    ...(fault.bytesPerSecond === undefined ? [] : ['slow']),
  ];
  const text = parts.join(' ');
  if (text.length <= CELL_WIDTH) return text;
  const first = parts[0] ?? '';
  return first.length < CELL_WIDTH && parts.length > 1 ? `${first}+` : first.slice(0, CELL_WIDTH);
}

function percent(probability: number): string {
  return `${Number((probability * 100).toPrecision(2))}%`;
}

/** True where the matrix says something that the table of nodes does not. */
export function hasOddLink(picture: ClusterPicture): boolean {
  return picture.links.some(
    ({ state, areEndsUp, fault }) => (areEndsUp && state !== 'works') || fault !== undefined,
  );
}

/** Words that are longer than the width stay whole. */
export function wrapText(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(word);
  }
  return lines;
}

/** Equal for two pictures that differ in nothing but how far the logs are. */
export function shapeOf(picture: ClusterPicture): string {
  const nodes = picture.nodes.map((node) => {
    return node.isAnswering ? { ...node, decidedIdx: 0, acceptedIdx: 0, lag: 0 } : node;
  });
  return drawCluster({ ...picture, nodes }).join('\n');
}
