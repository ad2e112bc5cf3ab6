// Runs every check and test and closes with one line: `N passed, N failed`.
// A step that has no test count of its own (lint, types, site build) counts as one.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';

const reports = '.cache/test-reports';
rmSync(reports, { recursive: true, force: true });
mkdirSync(reports, { recursive: true });

let passed = 0;
let failed = 0;
let skipped = 0;

function run(title, command, args, env = {}) {
  console.log(`\n== ${title}`);
  const started = Date.now();
  const status = spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, ...env } }).status;
  console.log(`   ${title}: ${status === 0 ? 'ok' : 'FAILED'} (${((Date.now() - started) / 1000).toFixed(0)} s)`);
  return status === 0;
}

function step(title, command, args) {
  if (run(title, command, args)) passed++;
  else failed++;
}

/** A report that is missing or counts nothing is a failure: a runner that died must not look like success. */
function counted(title, ok, file, read) {
  const counts = existsSync(file) ? read(JSON.parse(readFileSync(file, 'utf8'))) : { passed: 0, failed: 1, skipped: 0 };
  if (counts.passed + counts.failed === 0 || (!ok && counts.failed === 0)) counts.failed++;
  console.log(`   ${title}: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  passed += counts.passed;
  failed += counts.failed;
  skipped += counts.skipped;
}

step('lint', 'npm', ['run', '-s', 'lint']);
step('site build', 'npm', ['run', '-s', 'build']);
step('types', 'npm', ['run', '-s', 'check']);
step('types of the engines', 'npx', ['tsc', '-p', 'tsconfig.engines.json']);
step('types of the tools', 'npx', ['tsc', '-p', 'tsconfig.tools.json']);

const vitest = `${reports}/vitest.json`;
const vitestOk = run('unit and differential tests', 'npx', [
  'vitest',
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${vitest}`,
]);
counted('unit and differential tests', vitestOk, vitest, (r) => ({
  passed: r.numPassedTests,
  failed: r.numFailedTests + r.testResults.filter((t) => t.status === 'failed' && t.assertionResults.length === 0).length,
  skipped: r.numPendingTests,
}));

const playwright = `${reports}/playwright.json`;
const playwrightOk = run('browser tests', 'npx', ['playwright', 'test'], { PLAYWRIGHT_JSON_OUTPUT_NAME: playwright });
counted('browser tests', playwrightOk, playwright, (r) => ({
  passed: r.stats.expected + r.stats.flaky,
  failed: r.stats.unexpected,
  skipped: r.stats.skipped,
}));

console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = failed > 0 ? 1 : 0;
