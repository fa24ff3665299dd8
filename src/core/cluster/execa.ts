/** Loaded where something is spawned, and then as one file: the build takes the package in. */

export { execa } from 'execa';
