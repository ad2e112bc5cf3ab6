/** One member of an archive. `mode` holds file type and permissions as stat(2) has them. */
export type CpioMember = { name: string; mode: number; data?: Uint8Array; device?: { major: number; minor: number } };

export const FileType = { file: 0o100000, folder: 0o040000, link: 0o120000, character: 0o020000 } as const;

/** An archive in the "newc" format, as the kernel unpacks it (Linux, Documentation/driver-api/early-userspace/buffer-format.rst). */
export function cpio(members: readonly CpioMember[]): Uint8Array {
  const all = [...members, { name: 'TRAILER!!!', mode: 0 }];
  return Buffer.concat(
    all.flatMap((member, i) => [header(member, i + 1), member.data ?? new Uint8Array(), padding(member.data?.length ?? 0)]),
  );
}

function header({ name, mode, data, device }: CpioMember, inode: number): Uint8Array {
  const links = (mode & FileType.folder) !== 0 ? 2 : 1;
  const fields = [inode, mode, 0, 0, links, 0, data?.length ?? 0, 0, 0, device?.major ?? 0, device?.minor ?? 0, name.length + 1, 0];
  const text = Buffer.from(`070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}${name}\0`, 'latin1');
  return Buffer.concat([text, padding(text.length)]);
}

function padding(length: number): Uint8Array {
  return new Uint8Array(-length & 3);
}
