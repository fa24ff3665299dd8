/**
 * Lint rules. The reasons stand in the messages: a ban without a reason is not obeyed for long.
 *
 * Invariant: the pure rooms see no clock, no randomness, no timer and no node: module, so that the
 * same inputs give the same outputs (rule A1 in docs/rules.md).
 */

import tseslint from 'typescript-eslint';

const pureRooms = ['omnipaxos', 'kv', 'storage', 'replica', 'simulator', 'load', 'checker'].map(
  (room) => `src/core/${room}/**/*.ts`,
);
const promiseFreeRooms = ['omnipaxos', 'kv', 'wire', 'simulator', 'checker'].map(
  (room) => `src/core/${room}/**/*.ts`,
);

const A1 = 'Pure room (A1): the same inputs must give the same outputs.';
const bannedGlobals = [
  ['Date', `${A1} Take the Clock port.`],
  ['performance', `${A1} Take the Clock port.`],
  ['setTimeout', `${A1} Take the Scheduler port, or count ticks.`],
  ['setInterval', `${A1} Take the Scheduler port, or count ticks.`],
  ['setImmediate', `${A1} Take the Scheduler port.`],
  ['queueMicrotask', `${A1} Take the Scheduler port.`],
  ['process', `${A1} What the machine says comes in through a port.`],
  ['crypto', `${A1} Take the Random port.`],
  ['Buffer', 'Pure room: bytes are Uint8Array, and DataView reads them.'],
].map(([name, message]) => ({ name, message }));

const bannedProperties = [
  { object: 'Math', property: 'random', message: `${A1} Take the Random port.` },
];

const noDefaultExport = {
  selector: 'ExportDefaultDeclaration',
  message: 'Named exports only: a name is searched for, a default is renamed at every import.',
};
const noEnum = { selector: 'TSEnumDeclaration', message: 'Use a union of literals.' };
const noInheritance = {
  selector: 'ClassDeclaration[superClass]:not([superClass.name=/Error$/])',
  message: 'No inheritance but errors.',
};
const noPromise = [
  {
    selector: ':function[async=true]',
    message: 'No async here: a promise on the hot path costs 300 ns and hides the order of events.',
  },
  {
    selector: 'NewExpression[callee.name="Promise"]',
    message: 'No promise here: completion is an event.',
  },
  {
    selector: 'CallExpression[callee.object.name="Promise"]',
    message: 'No promise here: completion is an event.',
  },
];

export default tseslint.config(
  { ignores: ['**/dist/', 'coverage/', 'reports/', '**/node_modules/', '**/*.d.ts'] },
  {
    files: ['**/*.ts', '**/*.js', '**/*.cjs'],
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      'no-console': 'off',
      'object-shorthand': 'error',
    },
  },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { fixStyle: 'inline-type-imports', prefer: 'type-imports' },
      ],
      '@typescript-eslint/consistent-type-definitions': ['error', 'interface'],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // `noUncheckedIndexedAccess` makes `!` the honest way to say "this index was checked above".
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: true },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/prefer-readonly': 'error',
      '@typescript-eslint/unified-signatures': 'off',
      'no-restricted-syntax': ['error', noDefaultExport, noEnum, noInheritance],
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      'max-lines': ['error', { max: 400 }],
      'max-lines-per-function': ['error', { max: 60, skipComments: true, skipBlankLines: true }],
    },
  },
  {
    files: pureRooms,
    rules: {
      'no-restricted-globals': ['error', ...bannedGlobals],
      'no-restricted-properties': ['error', ...bannedProperties],
      'no-restricted-imports': [
        'error',
        { patterns: [{ group: ['node:*'], message: `${A1} Take a port of platform/ports.ts.` }] },
      ],
    },
  },
  {
    files: promiseFreeRooms,
    rules: {
      'no-restricted-syntax': ['error', noDefaultExport, noEnum, noInheritance, ...noPromise],
    },
  },
  {
    files: ['src/core/wire/**/*.ts'],
    ignores: ['src/core/wire/checksum.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['node:*'],
              message: 'Bytes in, values out: only checksum.ts needs node:zlib.',
            },
          ],
        },
      ],
    },
  },
  {
    // oclif finds a command by the default export of its file, and every command is a class of its own.
    files: ['src/commands/**/*.ts', 'src/cli/**/*.ts'],
    rules: { 'no-restricted-syntax': ['error', noEnum] },
  },
  {
    files: ['*.config.ts', 'test/**/*.ts'],
    rules: {
      'no-restricted-syntax': ['error', noEnum],
      '@typescript-eslint/no-confusing-void-expression': 'off',
    },
  },
);
