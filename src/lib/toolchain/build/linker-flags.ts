/** Driver flags that say how gcc or clang calls the linker, and nothing to lld itself. */
const driverOnly =
  /^(-nostdlib|-nostdinc|-nostartfiles|-nodefaultlibs|-no-pie|-static|-fuse-ld=.*|-m.*=.*|-f.*|-O.|-g\d?|--target=.*|-lgcc)$/;

/**
 * Linker flags as a makefile has them for the compiler driver (`-Wl,--entry=x`, `-Xlinker x`), as lld's own arguments. Scripts named by `-T`
 * are given apart: they are files of the world, and may need the preprocessor.
 */
export function linkerArguments(flags: readonly string[]): { flags: string[]; scripts: string[] } {
  const args: string[] = [];
  for (let i = 0; i < flags.length; i++) {
    const flag = flags[i] ?? '';
    if (flag.startsWith('-Wl,')) args.push(...flag.slice(4).split(','));
    else if (flag === '-Xlinker') args.push(flags[++i] ?? '');
    else if (takesValue.test(flag)) args.push(flag, flags[++i] ?? '');
    else if (!driverOnly.test(flag)) args.push(flag);
  }
  const out: { flags: string[]; scripts: string[] } = { flags: [], scripts: [] };
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? '';
    const script = /^(?:-d?T|--(?:default-)?script=)(\/.*|.*\.(?:lds|ld|lds\.S))$/.exec(arg)?.[1];
    if (script !== undefined) out.scripts.push(script);
    else if (/^(-d?T|--(default-)?script)$/.test(arg)) out.scripts.push(args[++i] ?? '');
    // The target is always the same and said elsewhere.
    else if (arg === '-m') i++;
    else if (!/^-maarch64\w+$/.test(arg)) out.flags.push(arg);
  }
  return out;
}

/** Flags whose value is the next word, which must not be taken for a driver's own. */
const takesValue = /^-[uzeTm]$|^-dT$/;
