// Who may import whom, for dependency-cruiser. The README's map shows the same picture.

/**
 * A folder may import these of ours, and nothing else of ours.
 * @param {string} name
 * @param {string} comment
 * @param {string} from
 * @param {string[]} allowed
 */
const only = (name, comment, from, allowed) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from },
  to: { path: '^(src|media|config|tests)/', pathNot: [from, ...allowed] },
});

module.exports = {
  forbidden: [
    {
      name: 'no-circle',
      comment: 'Two files that need each other are one, or need a third.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-unresolved',
      comment: 'An import must lead somewhere; the compilers see to those of packages.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, path: '^\\.' },
    },
    {
      name: 'no-test-in-product',
      comment: 'The product never imports its tests.',
      severity: 'error',
      from: { pathNot: '^tests/' },
      to: { path: '^tests/' },
    },
    {
      name: 'no-development-package-in-server',
      comment: 'What runs in production is a dependency, not a development one. The pages are built.',
      severity: 'error',
      from: {
        path: '^(src|media|config)/',
        pathNot: ['^src/web/', '^src/client/media-', '^config/(tools|setup)/', '^media/simulate/swarm'],
      },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    only('config-alone', 'Configuration imports nothing of ours.', '^config/(?!setup/|tools/)', []),
    only('setup-alone', 'The set-up puts its own steps and the worker’s together.', '^config/setup/', ['^media/worker/']),
    only('media-alone', 'The media plane knows nothing of job fairs.', '^media/', []),
    {
      name: 'media-door',
      comment:
        'The media plane has one door, and one each for what comes and goes by SDP; its types and what it could carry are for everyone.',
      severity: 'error',
      from: { path: '^src/' },
      to: {
        path: '^media/',
        pathNot: ['^media/(index|types|capabilities|ingest/index|egress/index)\\.ts$', '^media/worker/binary\\.mjs$', '^media/simulate/'],
      },
    },
    {
      name: 'contract-alone',
      comment: 'What clients see stands on zod alone.',
      severity: 'error',
      from: { path: '^src/contract/' },
      to: { pathNot: ['^src/contract/', '^node_modules/zod/'] },
    },
    only('client-from-contract', 'The client is for anybody with the contract.', '^src/client/', ['^src/contract/']),
    only('web-from-contract', 'Pages know the contract and its client.', '^src/web/', ['^src/contract/', '^src/client/']),
    {
      name: 'domain-folders-apart',
      comment: 'A service is handed what it needs of another noun.',
      severity: 'error',
      from: { path: '^src/domain/([^/]+)/' },
      to: { path: '^src/domain/[^/]+/', pathNot: ['^src/domain/$1/'] },
    },
    only('domain-from-contract', 'Rules stand on the contract and small interfaces.', '^src/domain/', [
      '^src/contract/',
      '^media/types\\.ts$',
    ]),
    {
      name: 'media-types-only',
      comment: 'The domain takes the media plane’s types, not its code.',
      severity: 'error',
      from: { path: '^src/(domain|realtime|http|jobs)/' },
      to: { path: '^media/', dependencyTypesNot: ['type-only'], pathNot: '^media/types\\.ts$' },
    },
    only('store-from-domain', 'Stores implement the interfaces of the domain.', '^src/store/', [
      '^src/domain/',
      '^src/contract/',
      '^media/types\\.ts$',
    ]),
    only('http-from-domain', 'HTTP maps requests onto services.', '^src/http/', ['^src/domain/', '^src/contract/', '^media/types\\.ts$']),
    only('realtime-from-domain', 'Sockets map events onto services.', '^src/realtime/', [
      '^src/domain/',
      '^src/contract/',
      '^media/types\\.ts$',
    ]),
    only('jobs-from-domain', 'Jobs call services.', '^src/jobs/', ['^src/domain/', '^src/contract/']),
    only('telemetry-alone', 'Telemetry is handed to the others.', '^src/telemetry/', ['^src/domain/ports\\.ts$', '^src/contract/']),
    only('demo-from-outside', 'The demo takes part through the public interfaces.', '^src/demo/', [
      '^src/contract/',
      '^src/client/',
      '^src/domain/ports\\.ts$',
      '^media/types\\.ts$',
    ]),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['^dist/', '^data/'] },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    moduleSystems: ['es6', 'cjs'],
    detectJSDocImports: false,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.mjs', '.js', '.cjs', '.vue', '.json'],
    },
  },
};
