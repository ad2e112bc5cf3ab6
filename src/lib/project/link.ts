import * as v from 'valibot';
import { pack, unpack } from '../packing.ts';
import type { Problem, Result } from '../problem.ts';
import { pathSchema } from './file-schema.ts';
import { type Project, defaultMachine } from './project.ts';
import type { RecordedInput, Recording } from './recording.ts';

/**
 * A project as the fragment of a URL: what differs from the pool's example, deflated and in base64url. A link is data from a stranger: it is
 * decoded within bounds and checked before anybody sees it, and it never replaces work by itself. docs/links.md has the format for others.
 *
 * Form: `#v2:` base64url(deflate-raw(JSON)). Fixtures in link.test.ts keep every version decodable.
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
  /** A run to be replayed after a build. */
  run?: SharedRun;
};

/** What the sender saw at the end of a run, so that the receiver can tell whether it is the same. `imageHash`: SHA-256 of the ELF. */
export type SharedRun = { recording: Recording; imageHash: string };

/** Past this a link is cut or wrapped by chat and mail programs. */
export const longLinkCharacters = 2000;
/** Longer links are neither made nor read. */
export const maxFragmentCharacters = 1 << 20;
const maxJsonBytes = 4 << 20;
/** Changed files that a link holds. */
export const maxFiles = 200;

const symbol = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_]{1,100}$/));
const hex = (digits: number) => v.pipe(v.string(), v.regex(new RegExp(`^[0-9a-f]{${digits}}$`)));
const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER));
/** Bytes as a string of characters up to U+00FF: what is typed stays readable and short. */
const byteText = v.pipe(v.string(), v.regex(/^[\u0000-\u00ff]*$/));

const projectFields = {
  e: v.pipe(v.string(), v.regex(/^[\w-]{1,60}$/)),
  n: v.optional(v.pipe(v.string(), v.maxLength(100))),
  f: v.optional(
    v.pipe(
      v.record(pathSchema, v.string()),
      v.check((f) => Object.keys(f).length <= maxFiles),
    ),
  ),
  d: v.optional(v.pipe(v.array(pathSchema), v.maxLength(maxFiles))),
  s: v.optional(v.record(symbol, v.pipe(v.string(), v.maxLength(1000)))),
  m: v.optional(
    v.strictObject({
      gic: v.optional(v.picklist([2, 3])),
      cpus: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(8))),
      memoryMiB: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(2048))),
      commandLine: v.optional(v.pipe(v.string(), v.maxLength(2000))),
    }),
  ),
};

/** Version 1 could say at which instruction input came, but not at what time, so no page ever wrote any. */
const version1 = v.strictObject({
  ...projectFields,
  i: v.optional(v.pipe(v.array(v.tuple([count, v.string()])), v.maxLength(10_000))),
  h: v.optional(v.strictObject({ image: v.optional(v.string()), state: v.optional(v.string()) })),
});

/** Numbers as differences from the event before; `p` the power key, `r` the reset button, `=` and then the bytes received. */
const event = v.tuple([count, count, v.union([v.picklist(['p', 'r']), v.pipe(byteText, v.startsWith('='))])]);
const version2 = v.strictObject({
  ...projectFields,
  /** Input, end of the run, state hash there, image hash. */
  r: v.optional(v.strictObject({ i: v.pipe(v.array(event), v.maxLength(100_000)), n: count, t: count, s: hex(16), h: hex(64) })),
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
  return { example: project.example, name: project.name, files, deleted, settings: project.settings, machine };
}

/** The fragment without `#`. */
export async function encodeLink(shared: SharedProject): Promise<string> {
  return `v2:${toBase64Url(await pack(encodeShared(shared), 'deflate-raw'))}`;
}

/** What a link packs: JSON of version 2. A snapshot file has it too. */
export function encodeShared(shared: SharedProject): Uint8Array<ArrayBuffer> {
  const full = (record: object) => Object.keys(record).length > 0;
  const json: v.InferOutput<typeof version2> = {
    e: shared.example,
    ...(shared.name && shared.name !== shared.example ? { n: shared.name } : {}),
    ...(full(shared.files) ? { f: shared.files } : {}),
    ...(shared.deleted.length > 0 ? { d: shared.deleted } : {}),
    ...(full(shared.settings) ? { s: shared.settings } : {}),
    ...(full(shared.machine) ? { m: shared.machine } : {}),
    ...(shared.run ? { r: packRun(shared.run) } : {}),
  };
  return new TextEncoder().encode(JSON.stringify(json));
}

type PackedRun = NonNullable<v.InferOutput<typeof version2>['r']>;

function packRun({ recording, imageHash }: SharedRun): PackedRun {
  let [instructions, virtualNs] = [0, 0];
  const events = recording.input.map((input): PackedRun['i'][number] => {
    const moved: [number, number] = [input.instructions - instructions, input.virtualNs - virtualNs];
    ({ instructions, virtualNs } = input);
    if (input.kind !== 'receive') return [...moved, input.kind === 'reset' ? 'r' : 'p'];
    return [...moved, `=${Array.from(input.bytes, (byte) => String.fromCharCode(byte)).join('')}`];
  });
  return { i: events, n: recording.instructions, t: recording.virtualNs, s: recording.stateHash, h: imageHash };
}

function unpackRun({ i, n, t, s, h }: PackedRun): SharedRun | undefined {
  let [instructions, virtualNs] = [0, 0];
  const input = i.map(([more, later, what]): RecordedInput => {
    instructions += more;
    virtualNs += later;
    const when = { instructions, virtualNs };
    if (what === 'r' || what === 'p') return { ...when, kind: what === 'r' ? 'reset' : 'powerKey' };
    return { ...when, kind: 'receive', bytes: Uint8Array.from(what.slice(1), (c) => c.charCodeAt(0)) };
  });
  // Input after the end would never be given.
  if (instructions > n || virtualNs > t) return undefined;
  return { recording: { input, instructions: n, virtualNs: t, stateHash: s }, imageHash: h };
}

function refuse(message: string, hint?: string): { ok: false; problems: Problem[] } {
  return { ok: false, problems: [{ severity: 'error', message, ...(hint ? { hint } : {}) }] };
}

/** Reads a fragment, with or without `#`. Everything wrong with it is a problem that says what. */
export async function decodeLink(fragment: string): Promise<Result<SharedProject>> {
  const text = fragment.replace(/^#/, '');
  const versioned = /^v(\d{1,9}):(.*)$/s.exec(text);
  if (!versioned) return refuse('This is not a Ukulele link.');
  const version = Number(versioned[1]);
  if (version !== 1 && version !== 2)
    return refuse(`This link is of version ${version}; this page reads versions 1 and 2.`, 'Open it on a newer page.');
  if (text.length > maxFragmentCharacters)
    return refuse(`The link is ${text.length} characters long; at most ${maxFragmentCharacters} are read.`);
  const packed = fromBase64Url(versioned[2]);
  if (!packed) return refuse('The link has characters that do not belong in it.', 'It may have been cut or wrapped on its way.');
  const bytes = await unpack(packed, 'deflate-raw', maxJsonBytes);
  if (bytes === 'damaged') return refuse('The link is damaged.', 'It may have been cut on its way: copy it whole.');
  if (bytes === 'too large') return refuse(`The link unpacks to more than ${maxJsonBytes >> 20} MiB.`);
  return decodeShared(bytes, version);
}

/** Reads what {@link encodeShared} wrote, or what a link of an older version unpacks to. */
export function decodeShared(bytes: Uint8Array, version: 1 | 2 = 2): Result<SharedProject> {
  let data: unknown;
  try {
    data = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return refuse('The link does not hold a project.');
  }
  const checked = v.safeParse(version === 1 ? version1 : version2, data);
  if (!checked.success) {
    const issue = checked.issues[0];
    return refuse(`The link's project is not valid at "${v.getDotPath(issue) ?? 'top'}": ${issue.message}`);
  }
  const { e, n, f, d, s, m } = checked.output;
  const packed = 'r' in checked.output ? checked.output.r : undefined;
  const run = packed && unpackRun(packed);
  if (packed && !run) return refuse('The link\'s project is not valid at "r": input comes after the end of the run.');
  return {
    ok: true,
    value: {
      example: e,
      ...(n !== undefined ? { name: n } : {}),
      files: f ?? {},
      deleted: d ?? [],
      settings: s ?? {},
      machine: m ?? {},
      ...(run ? { run } : {}),
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
