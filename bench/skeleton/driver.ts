/** The client of the skeleton: one connection, as many calls on it as wanted. */

import * as net from 'node:net';
import type { Connect } from '../system.js';
import { valueOf } from '../values.js';
import { FrameWriter, readFrames, u32 } from './frames.js';
import { OPERATION } from './operations.js';

export const connect: Connect = async ({ address, valueBytes }) => {
  const socket = net.connect(address);
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  const writer = new FrameWriter(socket);
  const calls = new Map<number, () => void>();
  let lastId = 0;
  readFrames(socket, (body) => {
    const id = body.readUInt32LE(0);
    const resolve = calls.get(id);
    calls.delete(id);
    resolve?.();
  });
  const call = (operation: number, key: string, value: Buffer): Promise<void> => {
    const id = ++lastId;
    const name = Buffer.from(key, 'latin1');
    return new Promise<void>((resolve) => {
      calls.set(id, resolve);
      writer.write(u32(id), Buffer.from([operation, name.length]), name, value);
    });
  };
  return {
    put: (key, sequence) => call(OPERATION.put, key, valueOf(valueBytes, sequence)),
    get: (key) => call(OPERATION.get, key, Buffer.alloc(0)),
    close: async () => {
      await new Promise<void>((resolve) => socket.end(() => resolve()));
    },
  };
};
