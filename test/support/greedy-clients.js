/**
 * A process with many client handles on one node, each a connection of its own, all open at once.
 *
 * Arguments: cluster id, pid, socket path, how many. Says `asked` with how each ping ended, by error
 * id, and holds its connections until it is told to end.
 */

import { connect } from '../../dist/core/client/index.js';

const [clusterId, pid, path, count] = process.argv.slice(2);
const DEADLINE_MS = 8_000;
const AT_ONCE = 50;

const nodes = new Map([[Number(pid), path]]);
const clients = [];
const ends = [];

async function ask() {
  while (clients.length < Number(count)) {
    const client = connect({ clusterId, nodes });
    clients.push(client);
    const end = client.ping(Number(pid), { deadlineMs: DEADLINE_MS });
    ends.push(
      await end.then(
        () => 'served',
        (error) => error.code ?? error.name,
      ),
    );
  }
}

// More at once, and this process would be too busy to hear what it is answered in time.
await Promise.all(Array.from({ length: AT_ONCE }, ask));
process.on('message', () => {
  for (const client of clients) client.close();
  process.exit(0);
});
process.on('disconnect', () => process.exit(0));
process.send({ kind: 'asked', ends });
