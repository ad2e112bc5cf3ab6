import type { Problem, Result } from '../src/lib/problem.ts';

export type ScriptStep = { line: number } & ({ kind: 'expect'; text: string } | { kind: 'send'; bytes: Uint8Array });

/** Output that is kept while waiting for an expected text: texts are shorter by far. */
const keepCharacters = 1 << 16;

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '\\': '\\', c: '' };

/** Reads a script: lines `expect TEXT` and `send TEXT`; empty lines and lines that begin with # say nothing. */
export function parseScript(text: string, file: string): Result<ScriptStep[]> {
  const steps: ScriptStep[] = [];
  const problems: Problem[] = [];
  text.split('\n').forEach((raw, i) => {
    const line = raw.replace(/\r$/, '');
    if (/^\s*(#|$)/.test(line)) return;
    const [, verb, argument = ''] = /^\s*(\w+)(?: (.*))?$/s.exec(line) ?? [];
    const place = { file, line: i + 1, column: 0 };
    if (verb === 'expect' && argument !== '') steps.push({ line: i + 1, kind: 'expect', text: unescape(argument) });
    else if (verb === 'send') {
      const ends = /\\[nrc]$/.test(argument);
      steps.push({ line: i + 1, kind: 'send', bytes: latin1(unescape(argument) + (ends ? '' : '\n')) });
    } else problems.push({ severity: 'error', place, message: 'A script line is "expect TEXT" or "send TEXT".' });
  });
  return problems.length > 0 ? { ok: false, problems } : { ok: true, value: steps };
}

function unescape(text: string): string {
  return text.replace(/\\(?:x([0-9a-fA-F]{2})|([nrtc\\]))/g, (_, hex: string | undefined, letter: string) =>
    hex === undefined ? escapes[letter] : String.fromCharCode(parseInt(hex, 16)),
  );
}

/** Bytes of a text in which characters above 0xFF stand for their UTF-8. */
function latin1(text: string): Uint8Array {
  const utf8 = new TextEncoder();
  return Uint8Array.from([...text].flatMap((c) => (c.charCodeAt(0) < 0x100 && c.length === 1 ? [c.charCodeAt(0)] : [...utf8.encode(c)])));
}

/** Follows a script along the guest's output. */
export class ScriptRunner {
  #steps: readonly ScriptStep[];
  #next = 0;
  #seen = '';
  #decoder = new TextDecoder();
  #send: (bytes: Uint8Array) => void;

  constructor(steps: readonly ScriptStep[], send: (bytes: Uint8Array) => void) {
    this.#steps = steps;
    this.#send = send;
  }

  /** Output of the guest; {@link advance} looks at it. */
  output(bytes: Uint8Array): void {
    this.#seen += this.#decoder.decode(bytes, { stream: true });
  }

  /** Whether the text that it waits for has come, so that {@link advance} would go on. */
  get ready(): boolean {
    const step = this.#steps.at(this.#next);
    return step?.kind === 'expect' && this.#seen.includes(step.text);
  }

  /** Takes all steps that can be taken now; true when it sent something. To be called between slices, where virtual time stands still. */
  advance(): boolean {
    let sent = false;
    for (let step = this.#steps.at(this.#next); step; step = this.#steps.at(++this.#next)) {
      if (step.kind === 'send') {
        this.#send(step.bytes);
        sent = true;
      } else {
        const at = this.#seen.indexOf(step.text);
        if (at < 0) break;
        this.#seen = this.#seen.slice(at + step.text.length);
      }
    }
    if (this.#seen.length > 2 * keepCharacters) this.#seen = this.#seen.slice(-keepCharacters);
    return sent;
  }

  /** What it waits for, when it is not done. */
  get waitingFor(): string | undefined {
    const step = this.#steps.at(this.#next);
    return step?.kind === 'expect' ? `line ${step.line}: expected ${JSON.stringify(step.text)}, which never came` : undefined;
  }
}

/** Watches for a text in output that comes in pieces. */
export class TextWatch {
  #text: string;
  #tail = '';
  #decoder = new TextDecoder();
  seen = false;

  constructor(text: string) {
    this.#text = text;
  }

  output(bytes: Uint8Array): void {
    if (this.seen) return;
    this.#tail += this.#decoder.decode(bytes, { stream: true });
    this.seen = this.#tail.includes(this.#text);
    this.#tail = this.#tail.slice(-this.#text.length);
  }
}
