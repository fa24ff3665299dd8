/**
 * An Output that writes to memory, for tests of what a command prints.
 */

import { Output } from '../../src/cli/output.js';

interface MemoryOutputOptions {
  readonly isJson?: boolean;
  readonly isTerminal?: boolean;
  readonly environment?: Record<string, string>;
}

export function memoryOutput(options: MemoryOutputOptions = {}) {
  const chunks = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  const stream = (into: Buffer[]) => ({
    isTTY: options.isTerminal ?? false,
    columns: 80,
    write: (chunk: string | Uint8Array) => into.push(Buffer.from(chunk as string)),
  });
  const output = new Output({
    isJson: options.isJson ?? false,
    stdout: stream(chunks.stdout),
    stderr: stream(chunks.stderr),
    environment: options.environment ?? {},
  });
  return {
    output,
    stdout: () => Buffer.concat(chunks.stdout).toString(),
    stderr: () => Buffer.concat(chunks.stderr).toString(),
    stdoutBytes: () => Buffer.concat(chunks.stdout),
  };
}
