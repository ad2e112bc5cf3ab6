/** Images and objects of the pool's examples, made by our own toolchain when the site is built. */

/** `name` has the hash of what is stored; files are compressed with gzip. */
export type PrebuiltFile = { name: string; storedBytes: number; bytes: number };

export type PrebuiltImage = { elf: Uint8Array; hash: string };

export type PrebuiltManifest = {
  /** Hash of everything that the files depend on. */
  inputs: string;
  /** The image of each example in its default configuration, `hash` its SHA-256. */
  images: Record<string, PrebuiltFile & { hash: string }>;
  /** What the examples' builds put into a build cache. */
  objects: PrebuiltFile;
};
