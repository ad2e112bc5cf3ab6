/**
 * Builds the embedded player into static/embed/ and its SDK into static/sdk/. Everything is a classic script (src/embed/pieces.ts says why), also
 * the files that the player would fetch if it could: static/clang/ and static/prebuilt/ get a script beside each, in pieces.
 *
 *   node --import tsx scripts/build-embed.ts
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { classicScript } from './classic-script.ts';
import { lessonsModule } from './render-lesson.ts';
import { writeHashedFile } from './hashed-file.ts';
import { sysrootFiles, virtualModule } from './site-files.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const source = join(root, 'src/embed');
const out = join(root, 'static/embed');
const sdk = join(root, 'static/sdk');
/** Bytes of a file in one script: small enough that progress moves, large enough that requests do not count. */
const pieceBytes = 1 << 20;

rmSync(out, { recursive: true, force: true });
rmSync(sdk, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
mkdirSync(sdk, { recursive: true });

const pieces = {
  machine: await worker('machine', join(root, 'src/lib/session/machine-worker.ts')),
  toolchain: await worker('toolchain', join(root, 'src/lib/session/toolchain-worker.ts')),
  lessons: await lessons(),
  lessonChecker: await worker('lessonChecker', join(root, 'src/lib/session/lesson-worker.ts')),
  pool: store('pool', '.js', `ukulelePieces.piece('pool', JSON.parse(${JSON.stringify(JSON.stringify(sysrootFiles()))}));`),
};
const player = await classicScript(join(source, 'main.ts'), [
  virtualModule('virtual:embed-pieces', () => `export default ${JSON.stringify(pieces)};`),
]);
const page = readFileSync(join(source, 'index.html'), 'utf8')
  .replace('%STYLE%', store('player', '.css', player.css))
  .replace('%PLAYER%', store('player', '.js', player.code));
writeFileSync(join(out, 'index.html'), page);

writeFileSync(join(sdk, 'ukulele-embed.js'), (await classicScript(join(source, 'sdk-script.ts'))).code);
for (const name of ['protocol', 'sdk']) writeFileSync(join(sdk, `${name}.d.ts`), declarations(name));
writeFileSync(join(sdk, 'ukulele-embed.d.ts'), declarations('sdk-script'));

for (const folder of ['clang', 'prebuilt']) scriptsBeside(join(root, 'static', folder));
console.log(`static/embed: ${readdirSync(out).join(', ')}`);

/** A script that hands the worker's program to the page as a function: its text is what the worker runs. */
async function worker(name: string, entry: string): Promise<string> {
  const { code } = await classicScript(entry);
  return store(name, '.js', `ukulelePieces.piece(${JSON.stringify(name)}, function () {\n${code}\n});`);
}

/** The lessons, which lead to one another by the player's own parameters. */
async function lessons(): Promise<string> {
  const hrefOf = (lesson: string, step: string | undefined) => `?lesson=${lesson}${step === undefined ? '' : `#${step}`}`;
  return store('lessons', '.js', (await classicScript(join(source, 'lessons.ts'), [lessonsModule(hrefOf)])).code);
}

/** What an importer sees of a module, from its text alone. A type that only another module could tell would be lost: that is an error. */
function declarations(name: string): string {
  const text = readFileSync(join(source, `${name}.ts`), 'utf8');
  const { outputText, diagnostics = [] } = ts.transpileDeclaration(text, { fileName: `${name}.ts`, reportDiagnostics: true });
  if (diagnostics.length > 0) throw new Error(diagnostics.map((d) => ts.flattenDiagnosticMessageText(d.messageText, '\n')).join('\n'));
  return outputText.replaceAll(/(from '\.\/\w+)\.ts'/g, "$1.js'");
}

function store(name: string, suffix: string, text: string): string {
  return writeHashedFile(out, name, suffix, text).file;
}

function scriptsBeside(folder: string): void {
  const names = readdirSync(folder);
  const wanted = new Set<string>();
  for (const name of names.filter((name) => name.endsWith('.gz'))) {
    const bytes = readFileSync(join(folder, name));
    const count = Math.ceil(bytes.length / pieceBytes);
    for (let i = 0; i < count; i++) {
      const script = `${name}.${i}.js`;
      wanted.add(script);
      if (existsSync(join(folder, script))) continue;
      const base64 = bytes.subarray(i * pieceBytes, (i + 1) * pieceBytes).toString('base64');
      writeFileSync(join(folder, script), `ukuleleAsset(${JSON.stringify(name)}, ${i}, ${count}, "${base64}");\n`);
    }
  }
  for (const name of names) if (/\.\d+\.js$/.test(name) && !wanted.has(name)) rmSync(join(folder, name));
}
