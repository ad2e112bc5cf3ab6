/** What is compiled: a kernel of our own, five programs from Debian's source packages, and the library pool. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DebianArchive } from '../../tests/differential/hosted/debian-archive.ts';

export type Program = {
  name: string;
  /** Absolute paths of C files. */
  sources: string[];
  flags: string[];
  /** Arguments when it is run. */
  args: string[];
};

const own = new URL('./programs/', import.meta.url).pathname;

type Recipe = { name: string; package: string; make: (folder: string) => Omit<Program, 'name'> };

const recipes: readonly Recipe[] = [
  {
    name: 'interpreter (lua5.4)',
    package: 'lua5.4',
    make: (folder) => {
      const names = readdirSync(join(folder, 'src')).filter((n) => n.endsWith('.c') && n !== 'luac.c');
      return { sources: names.map((n) => join(folder, 'src', n)), flags: ['-DLUA_COMPAT_5_3'], args: [`${own}interpreter.lua`] };
    },
  },
  {
    name: 'compressor (zlib)',
    package: 'zlib',
    make: (folder) => {
      const names = ['adler32', 'compress', 'crc32', 'deflate', 'inffast', 'inflate', 'inftrees', 'trees', 'uncompr', 'zutil'];
      return { sources: [`${own}compressor.c`, ...names.map((n) => join(folder, `${n}.c`))], flags: [`-I${folder}`], args: [] };
    },
  },
  {
    name: 'cryptography (mbedtls)',
    package: 'mbedtls',
    make: (folder) => {
      const names = ['aes', 'bignum', 'chacha20', 'constant_time', 'md5', 'platform_util', 'sha1', 'sha256', 'sha512'];
      const flags = [`-I${folder}/include`, `-I${folder}/library`];
      return { sources: [`${own}crypto.c`, ...names.map((n) => join(folder, 'library', `${n}.c`))], flags, args: [] };
    },
  },
  {
    name: 'parser (expat)',
    package: 'expat',
    make: (folder) => {
      const lib = join(folder, 'expat/lib');
      const definitions = [
        'XML_STATIC',
        'XML_NS',
        'XML_DTD',
        'XML_GE',
        'XML_CONTEXT_BYTES=1024',
        'BYTEORDER=1234',
        'XML_POOR_ENTROPY',
        'HAVE_MEMMOVE',
      ];
      const flags = [`-I${lib}`, ...definitions.map((d) => `-D${d}`), `-I${own}expat`];
      return { sources: [`${own}parser.c`, ...['xmlparse', 'xmlrole', 'xmltok'].map((n) => join(lib, `${n}.c`))], flags, args: [] };
    },
  },
  {
    name: 'floating point (kissfft)',
    package: 'kissfft',
    make: (folder) => ({
      sources: [`${own}transform.c`, ...['kiss_fft', 'kiss_fftr'].map((n) => join(folder, `${n}.c`))],
      flags: [`-I${folder}`],
      args: [],
    }),
  },
];

/** All programs; those whose sources cannot be had are named in `missing`, with the reason. */
export function programs(archive: DebianArchive): { found: Program[]; missing: string[] } {
  const found: Program[] = [{ name: 'kernel', sources: [`${own}kernel.c`], flags: [], args: [] }];
  const missing: string[] = [];
  for (const recipe of recipes) {
    const source = archive.source(recipe.package);
    if (typeof source === 'string') missing.push(`${recipe.name}: ${source}`);
    else found.push({ name: recipe.name, ...recipe.make(source.folder) });
  }
  return { found, missing };
}
