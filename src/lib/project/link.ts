import * as v from 'valibot';
import type { Problem, Result } from '../problem.ts';
import { type Project, defaultMachine } from './project.ts';

/**
 * A project as the fragment of a URL: what differs from the pool's example, deflated and in base64url. A link is data from a stranger: it is
 * decoded within bounds and checked before anybody sees it, and it never replaces work by itself.
 *
 * Form: `#v1:` base64url(deflate-raw(JSON)). The JSON is `{ e: example, n?: name, f?: changed files, d?: deleted files,
 * s?: settings, m?: machine options, i?: input log, h?: { image, state } }`. Fixtures in link.test.ts keep every version decodable.
 */
export type SharedProject = {
  example: string;
  name?: string;
  /** Files that differ from the example's, whole. */
  files: Record<string, string>;
  /** Files of the example that the project does not have. */
  deleted: string[];
  settings: Record<string, string>;
  machine: Partial<Project['machine']>;
  /** Input with the instruction count at which each piece arrived. */
  input: { at: number; text: string }[];
  /** SHA-256 of the image and hash of the machine's final state that the sender saw. */
  proof?: { image?: string; state?: string };
};

/** Past this a link is cut or wrapped by chat and mail programs. */
export const longLinkCharacters = 2000;
const maxFragmentCharacters = 1 << 20;
const maxJsonBytes = 4 << 20;
const maxFiles = 200;

const path = v.pipe(
  v.string(),
  v.regex(/^[\w.+-]+(\/[\w.+-]+)*$/),
  v.maxLength(200),
  v.check((p) => !p.split('/').includes('..')),
);
const symbol = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_]{1,100}$/));
const hash = v.pipe(v.string(), v.regex(/^[0-9a-f]{16,64}$/));
const schema = v.strictObject({
  e: v.pipe(v.string(), v.regex(/^[\w-]{1,60}$/)),
  n: v.optional(v.pipe(v.string(), v.maxLength(100))),
  f: v.optional(
    v.pipe(
      v.record(path, v.string()),
      v.check((f) => Object.keys(f).length <= maxFiles),
    ),
  ),
  d: v.optional(v.pipe(v.array(path), v.maxLength(maxFiles))),
  s: v.optional(v.record(symbol, v.pipe(v.string(), v.maxLength(1000)))),
  m: v.optional(
    v.strictObject({
      gic: v.optional(v.picklist([2, 3])),
      cpus: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(8))),
      memoryMiB: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(2048))),
      commandLine: v.optional(v.pipe(v.string(), v.maxLength(2000))),
    }),
  ),
  i: v.optional(v.pipe(v.array(v.tuple([v.pipe(v.number(), v.integer(), v.minValue(0)), v.string()])), v.maxLength(10_000))),
  h: v.optional(v.strictObject({ image: v.optional(hash), state: v.optional(hash) })),
});

/** What of a project differs from its example, ready to be encoded. */
export function shareOf(project: Project, original: Project): SharedProject {
  const files = Object.fromEntries(Object.entries(project.files).filter(([name, text]) => original.files[name] !== text));
  const deleted = Object.keys(original.files).filter((name) => !(name in project.files));
  const machine: SharedProject['machine'] = {};
  if (project.machine.gic !== defaultMachine.gic) machine.gic = project.machine.gic;
  if (project.machine.cpus !== defaultMachine.cpus) machine.cpus = project.machine.cpus;
  if (project.machine.memoryMiB !== defaultMachine.memoryMiB) machine.memoryMiB = project.machine.memoryMiB;
  if (project.machine.commandLine !== defaultMachine.commandLine) machine.commandLine = project.machine.commandLine;
  return { example: project.example, name: project.name, files, deleted, settings: project.settings, machine, input: [] };
}

/** The fragment without `#`. */
export async function encodeLink(shared: SharedProject): Promise<string> {
  const full = (record: object) => Object.keys(record).length > 0;
  const json: v.InferOutput<typeof schema> = {
    e: shared.example,
    ...(shared.name && shared.name !== shared.example ? { n: shared.name } : {}),
    ...(full(shared.files) ? { f: shared.files } : {}),
    ...(shared.deleted.length > 0 ? { d: shared.deleted } : {}),
    ...(full(shared.settings) ? { s: shared.settings } : {}),
    ...(full(shared.machine) ? { m: shared.machine } : {}),
    ...(shared.input.length > 0 ? { i: shared.input.map(({ at, text }): [number, string] => [at, text]) } : {}),
    ...(shared.proof ? { h: shared.proof } : {}),
  };
  const bytes = new TextEncoder().encode(JSON.stringify(json));
  const deflated = new Response(new Blob([bytes]).stream().pipeThrough(new CompressionStream('deflate-raw')));
  return `v1:${toBase64Url(new Uint8Array(await deflated.arrayBuffer()))}`;
}

/** Reads a fragment, with or without `#`. Everything wrong with it is a problem that says what. */
export async function decodeLink(fragment: string): Promise<Result<SharedProject>> {
  const text = fragment.replace(/^#/, '');
  const refuse = (message: string, hint?: string): Result<SharedProject> => {
    const problem: Problem = { severity: 'error', message, ...(hint ? { hint } : {}) };
    return { ok: false, problems: [problem] };
  };
  const versioned = /^v(\d+):(.*)$/s.exec(text);
  if (!versioned) return refuse('This is not a Ukulele link.');
  if (versioned[1] !== '1')
    return refuse(`This link is of version ${versioned[1]}; this page reads version 1.`, 'Open it on a newer page.');
  if (text.length > maxFragmentCharacters)
    return refuse(`The link is ${text.length} characters long; at most ${maxFragmentCharacters} are read.`);
  const packed = fromBase64Url(versioned[2]);
  if (!packed) return refuse('The link has characters that do not belong in it.', 'It may have been cut or wrapped on its way.');
  const bytes = await inflateWithin(packed, maxJsonBytes);
  if (bytes === 'damaged') return refuse('The link is damaged.', 'It may have been cut on its way: copy it whole.');
  if (bytes === 'too large') return refuse(`The link unpacks to more than ${maxJsonBytes >> 20} MiB.`);
  let data: unknown;
  try {
    data = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return refuse('The link does not hold a project.');
  }
  const checked = v.safeParse(schema, data);
  if (!checked.success) {
    const issue = checked.issues[0];
    return refuse(`The link's project is not valid at "${v.getDotPath(issue) ?? 'top'}": ${issue.message}`);
  }
  const { e, n, f, d, s, m, i, h } = checked.output;
  return {
    ok: true,
    value: {
      example: e,
      ...(n !== undefined ? { name: n } : {}),
      files: f ?? {},
      deleted: d ?? [],
      settings: s ?? {},
      machine: m ?? {},
      input: (i ?? []).map(([at, piece]) => ({ at, text: piece })),
      ...(h ? { proof: h } : {}),
    },
  };
}

/** The shared project on top of the example it names. */
export function projectFromShare(shared: SharedProject, original: Project, id: string): Project {
  const files = { ...original.files, ...shared.files };
  for (const name of shared.deleted) delete files[name];
  return {
    id,
    name: shared.name ?? shared.example,
    example: shared.example,
    files,
    settings: shared.settings,
    machine: { ...defaultMachine, ...shared.machine },
  };
}

/** Inflates while counting, so that a small link cannot fill the tab's memory. */
async function inflateWithin(packed: Uint8Array<ArrayBuffer>, limit: number): Promise<Uint8Array | 'damaged' | 'too large'> {
  const reader = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate-raw')).getReader();
  const chunks: Uint8Array[] = [];
  let total = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      total += value.length;
      if (total > limit) {
        await reader.cancel();
        return 'too large';
      }
      chunks.push(value);
    }
  } catch {
    return 'damaged';
  }
  const bytes = new Uint8Array(total);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

function toBase64Url(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) return undefined;
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (c) => c.charCodeAt(0));
}
