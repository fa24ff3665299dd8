/** The key-value bucket of a run, for the system that makes it and for the driver that uses it. */

import { requirePeer } from './peer-package.js';

export interface NatsAddress {
  readonly servers: readonly string[];
  readonly replicas: number;
}

interface StreamStatus {
  readonly streamInfo: { readonly cluster?: { readonly leader?: string } };
}

interface Bucket {
  put(key: string, value: Buffer): Promise<unknown>;
  get(key: string): Promise<unknown>;
  status(): Promise<StreamStatus>;
}

interface BucketOptions {
  readonly replicas: number;
  readonly allow_direct: boolean;
}

interface NatsConnection {
  jetstream(): { readonly views: { kv(name: string, options: BucketOptions): Promise<Bucket> } };
  close(): Promise<void>;
}

interface NatsPackage {
  readonly connect: (options: { readonly servers: readonly string[] }) => Promise<NatsConnection>;
}

interface OpenBucket {
  readonly bucket: Bucket;
  readonly close: () => Promise<void>;
}

/** Makes the bucket where it is not there. Gets go to the leader of its stream. */
export async function openBucket({ servers, replicas }: NatsAddress): Promise<OpenBucket> {
  const { connect } = requirePeer('nats') as NatsPackage;
  const connection = await connect({ servers });
  try {
    const options = { replicas, allow_direct: false };
    const bucket = await connection.jetstream().views.kv('bench', options);
    return { bucket, close: () => connection.close() };
  } catch (error) {
    await connection.close();
    throw error;
  }
}
