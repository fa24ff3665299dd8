/**
 * The door of the configuration room.
 *
 * Loads the TOML parser and zod: code that must start fast (put, get) imports
 * `cluster-layout.js` and `run-file.js` by their own names.
 */

export { ClusterLayout, type ClusterLayoutOptions } from './cluster-layout.js';
export { readClusterConfig, type ClusterConfig } from './cluster-config.js';
export { encodeLinksFile, readLinksFile, type LinkReset, type LinksFile } from './links-file.js';
export { resolveLoggerFile, type ResolveLoggerFileOptions } from './logger-file.js';
export { loadNodeConfig, type LoadNodeConfigOptions, type NodeConfig } from './node-config.js';
export {
  OmniPaxosConfig,
  type BuildOptions,
  type OmniPaxosConfigOptions,
} from './omnipaxos-config.js';
export { parseFailureFile, parseRunFile, type FailureFile, type RunFile } from './run-file.js';
export { renderClusterFile, renderNodeFile, type RenderNodeFileOptions } from './templates.js';
