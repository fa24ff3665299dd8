/**
 * A client that asks for a large value as fast as it can and never reads an answer (R4).
 *
 * A process of its own, so that it takes nothing of the load's event loop. Given up by the node, it
 * comes again. Arguments: socket path, cluster id, pid, key. Ends when its parent goes away.
 */

import { createConnection } from 'node:net';
import { encodeClientRequest, encodeHello, PROTOCOL_VERSIONS } from '../../dist/core/wire/index.js';

const [path, clusterIdText, pid, key] = process.argv.slice(2);
const CONNECT_AGAIN_MS = 50;
const REQUESTS_PER_WRITE = 64;

const hello = encodeHello({
  lowestVersion: PROTOCOL_VERSIONS.lowest,
  highestVersion: PROTOCOL_VERSIONS.highest,
  clusterId: Uint8Array.from(Buffer.from(clusterIdText.replaceAll('-', ''), 'hex')),
  from: 0,
  to: Number(pid),
  role: 'client',
  configurationId: 0,
});
// Made once: this process shall not take the processor from those that it disturbs.
const requests = Buffer.concat(
  Array.from({ length: REQUESTS_PER_WRITE }, (_, at) =>
    encodeClientRequest({
      id: at + 1,
      deadlineMs: 10_000,
      body: { kind: 'get', key, consistency: 'linearizable' },
    }),
  ),
);
let asked = 0;
let connections = 0;

function connect() {
  connections += 1;
  const socket = createConnection(path);
  // Without a reader and paused, nothing is taken from the socket.
  socket.pause();
  socket.on('error', () => undefined);
  socket.on('close', () => setTimeout(connect, CONNECT_AGAIN_MS));
  const ask = () => {
    if (socket.destroyed) return;
    asked += REQUESTS_PER_WRITE;
    if (socket.write(requests)) setImmediate(ask);
    else socket.once('drain', ask);
  };
  socket.on('connect', () => {
    socket.write(hello);
    ask();
  });
}

process.on('disconnect', () => process.exit(0));
process.on('message', () => process.send({ asked, connections }));
connect();
