/**
 * Who may import what: the table of ARCHITECTURE.md, room by room.
 *
 * A room that is not in the table may import nothing of the others, so that a new room has to be
 * written down here first. `types` means: `import type` only.
 */

const PORTS = '^src/core/platform/ports[.]ts$';
/** What can be wrong with a link: values and types, without imports. */
const LINK_FAULT = '^src/core/wire/link-fault[.]ts$';
const LEAVES = '^src/core/(errors|limits|assert)[.]ts$';
const room = (name) => `^src/core/${name}/`;

/** room → what it may import besides itself, the leaves and npm packages named in `packages`. */
const ROOMS = {
  omnipaxos: {},
  kv: {},
  config: {
    // The default FileSystem of `withToml`: the library's user has no port at hand.
    core: [room('omnipaxos'), PORTS, LINK_FAULT, '^src/core/platform/node-file-system[.]ts$'],
    // Computations only: paths and checksums. Files come through the port.
    node: ['path', 'zlib'],
    packages: ['@iarna/toml', 'zod'],
  },
  platform: { node: ['fs', 'net', 'crypto', 'perf_hooks', 'timers', 'path', 'os', 'process'] },
  wire: { types: [room('omnipaxos'), room('kv')], node: ['zlib'] },
  storage: { core: [room('wire'), PORTS], types: [room('omnipaxos')] },
  replica: {
    core: [room('omnipaxos'), room('kv'), room('storage'), room('wire'), PORTS],
  },
  transport: { core: [room('wire'), PORTS], types: [room('omnipaxos')], node: ['net'] },
  server: {
    core: ['^src/core/(omnipaxos|kv|config|platform|wire|storage|replica|transport)/'],
    node: ['.*'],
  },
  client: {
    // R5: client and server check a key and a value by the same function.
    core: [
      room('wire'),
      room('transport'),
      // A handle can write down its history; the checker's words for it are the format.
      room('checker'),
      PORTS,
      '^src/core/kv/(value|validate|nonce)[.]ts$',
      '^src/core/platform/node-(clock|random|scheduler)[.]ts$',
    ],
    types: [room('kv')],
  },
  cluster: {
    // init makes the data directories through the storage's door; the wire carries NodeStatus.
    core: [room('config'), room('client'), room('platform'), room('storage'), LINK_FAULT],
    types: [room('wire'), room('kv')],
    node: ['.*'],
    packages: ['execa', 'proper-lockfile'],
  },
  load: { core: [room('client'), PORTS], types: [room('kv')] },
  checker: { types: [room('kv')] },
  simulator: {
    core: [
      ...['omnipaxos', 'kv', 'wire', 'storage', 'replica', 'checker'].map(room),
      PORTS,
      '^src/core/client/(session|one-shot)[.]ts$',
    ],
  },
};

function allowedOf(rule) {
  return [LEAVES, ...(rule.core ?? [])];
}

function rulesOf(name, rule) {
  const own = room(name);
  const allowed = allowedOf(rule);
  const allowedTypes = [...allowed, ...(rule.types ?? [])];
  const rules = [
    {
      name: `${name}-imports`,
      comment: `src/core/${name} may import only what ARCHITECTURE.md says.`,
      severity: 'error',
      from: { path: own },
      to: { path: '^src/', pathNot: [own, ...allowedTypes] },
    },
    {
      name: `${name}-node-modules`,
      comment: `src/core/${name}: only these node: modules: ${(rule.node ?? ['none']).join(', ')}.`,
      severity: 'error',
      from: { path: own },
      to: {
        dependencyTypes: ['core'],
        ...(rule.node
          ? { pathNot: rule.node.map((module) => `^(node:)?${module}(/promises)?$`) }
          : {}),
      },
    },
    {
      name: `${name}-packages`,
      comment: `src/core/${name}: npm packages: ${(rule.packages ?? ['none']).join(', ')}.`,
      severity: 'error',
      from: { path: own },
      to: {
        path: 'node_modules/',
        pathNot: (rule.packages ?? ['(none)']).map((name) => `node_modules/${name}/`),
        dependencyTypesNot: ['core'],
      },
    },
  ];
  if (rule.types) {
    rules.push({
      name: `${name}-types-only`,
      comment: `src/core/${name} may see the types of these rooms, never their code.`,
      severity: 'error',
      from: { path: own },
      to: { path: rule.types, pathNot: allowed, dependencyTypesNot: ['type-only'] },
    });
  }
  return rules;
}

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      comment: 'Two files that need each other are one file, or a third is missing.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'leaves-import-nothing',
      severity: 'error',
      from: { path: LEAVES },
      to: {},
    },
    {
      name: 'every-room-is-in-the-table',
      comment: 'A new room is written into the table first.',
      severity: 'error',
      from: { path: '^src/core/[^/]+/', pathNot: Object.keys(ROOMS).map(room) },
      to: {},
    },
    {
      name: 'commands-use-the-rooms-with-a-door',
      comment: 'The face: client, cluster, config, load, storage (inspection) and the leaves.',
      severity: 'error',
      from: { path: '^src/(commands|cli)/' },
      to: {
        path: '^src/core/',
        pathNot: [
          LEAVES,
          room('client'),
          room('cluster'),
          room('config'),
          room('load'),
          room('storage'),
          room('platform'),
          room('simulator'),
          room('checker'),
          '^src/core/kv/',
          '^src/core/wire/',
        ],
      },
    },
    {
      name: 'commands-see-types-of-values-only',
      comment: 'Values and statuses cross the door as types; encoding is the work of the client.',
      severity: 'error',
      // `log show` decodes the entries that it reads from the files.
      from: { path: '^src/(commands|cli)/', pathNot: '^src/cli/log-entry[.]ts$' },
      to: { path: '^src/core/(kv|wire)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'core-has-no-face',
      comment: 'All that works without a face must not know the face.',
      severity: 'error',
      from: { path: '^src/core/' },
      to: { path: '^src/(commands|cli)/' },
    },
    {
      name: 'a-room-is-entered-by-its-door',
      comment: 'Outside core, and from cluster, a room is used through its index.ts.',
      severity: 'error',
      from: { path: '^src/commands/' },
      to: {
        path: '^src/core/(client|cluster|storage|load|simulator|checker)/',
        pathNot: 'index[.]ts$',
      },
    },
    {
      name: 'src-does-not-import-tests',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench|scripts)/' },
    },
    {
      name: 'no-unresolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    ...Object.entries(ROOMS).flatMap(([name, rule]) => rulesOf(name, rule)),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.cjs', '.json'],
    },
  },
};
