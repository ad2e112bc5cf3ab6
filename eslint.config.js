import js from '@eslint/js';
import importX from 'eslint-plugin-import-x';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

const lib = './src/lib';

/** What every room stands on. */
const ground = ['./lib/problem.ts', './lib/packing.ts'];

/** Rooms in order: a room imports only from rooms further down (docs/architecture.md). */
const zones = [
  { target: `${lib}/arm64`, from: ['src', 'cli'], except: ['./lib/arm64', ...ground] },
  { target: `${lib}/toolchain`, from: ['src', 'cli'], except: ['./lib/toolchain', './lib/arm64', ...ground] },
  { target: `${lib}/emulator`, from: ['src', 'cli'], except: ['./lib/emulator', './lib/arm64', ...ground] },
  { target: `${lib}/project`, from: ['src', 'cli'], except: ['./lib/project', ...ground] },
  {
    target: `${lib}/lessons`,
    from: ['src', 'cli'],
    except: ['./lib/lessons', './lib/toolchain', './lib/emulator', ...ground],
  },
  {
    target: `${lib}/session`,
    from: ['src', 'cli'],
    except: ['./lib/session', './lib/lessons', './lib/toolchain', './lib/emulator', './lib/project', ...ground],
  },
  { target: `${lib}/ui`, from: ['src', 'cli'], except: ['./lib/ui', './lib/session', './lib/project', ...ground] },
  { target: './src/embed', from: [`${lib}/toolchain`, `${lib}/emulator`, `${lib}/arm64`, './src/routes', 'cli'] },
  { target: './src/routes', from: [`${lib}/toolchain`, `${lib}/emulator`, `${lib}/arm64`, 'cli'] },
  { target: './cli', from: [`${lib}/ui`, `${lib}/session`, './src/routes'] },
].flatMap(({ target, from, except }) =>
  [from].flat().map((f) => ({
    target,
    from: f.startsWith('.') ? f : `./${f}`,
    ...(except && f === 'src' ? { except } : {}),
    message: 'Rooms import downwards only: routes -> ui -> session -> {toolchain, emulator, project} -> arm64.',
  })),
);

/** A worker that ends while the browser pipes takes the tab with it. */
const pipes = ['pipeThrough', 'pipeTo'].map((property) => ({
  property,
  message: 'Use transformed() of src/lib/packing.ts, which says why.',
}));

export default ts.config(
  { ignores: ['build/', '.svelte-kit/', 'node_modules/', 'static/', '.cache/', 'test-results/', 'playwright-report/'] },
  js.configs.recommended,
  ...ts.configs.recommended,
  ...svelte.configs.recommended,
  {
    languageOptions: { globals: { ...globals.browser, ...globals.node } },
    plugins: { 'import-x': importX },
    rules: {
      'import-x/no-restricted-paths': ['error', { zones }],
      'no-undef': 'off',
      'no-control-regex': 'off',
      'no-restricted-properties': ['error', ...pipes],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/no-explicit-any': 'error',
    },
  },
  {
    // The engines run unchanged in Node, in a Worker and in the page.
    files: ['src/lib/{arm64,toolchain,emulator,lessons,project}/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ group: ['node:*', 'fs', 'path', '$app/*', 'svelte', 'svelte/*'], message: 'Engines know no host.' }] },
      ],
      'no-restricted-globals': ['error', 'window', 'document', 'process', 'Buffer', 'localStorage'],
    },
  },
  {
    // The site works below any path: its links are relative.
    files: ['**/*.svelte'],
    rules: { 'svelte/no-navigation-without-resolve': ['error', { ignoreLinks: true }] },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { projectService: false, extraFileExtensions: ['.svelte'], parser: ts.parser, svelteConfig } },
  },
);
