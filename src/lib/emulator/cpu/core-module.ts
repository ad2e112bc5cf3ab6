import type { AccessBits } from '../../arm64/emitter.ts';
import { writeHolds, writeNzcv } from './conditions.ts';
import { accessType } from './emit.ts';
import {
  AccessFlags,
  exceptionCauses,
  handlerSignature,
  hostSignatures,
  leaveFarSignature,
  leaveSignature,
  noteOftenSignature,
  loadOps,
  loadSignature,
  pageMask,
  Param,
  pushAddress,
  pushHandler,
  PlaceBits,
  storeExclusiveSignature,
  storeOps,
  storeSignature,
  type Threading,
} from './handler-interface.ts';
import {
  Entry,
  Exit,
  fetchEntries,
  FetchEntry,
  missedEntries,
  Often,
  type MemoryLayout,
  narrowFlags,
  Notes,
  State,
  stateShift,
  TlbEntry,
  tlbEntries,
  TlbFlags,
} from './layout.ts';
import { FunctionWriter, ModuleWriter, type Signature } from './wasm.ts';

/** Handlers that are not made from the instruction table; then the kinds of a loop (compiled-handlers.ts), and all others. */
export const FixedHandler = { decode: 0, pageEnd: 1, undefined: 2, breakpoint: 3, loop: 4, first: 68 } as const;
export const mostInLoop = FixedHandler.first - FixedHandler.loop;

/** The host functions that only this module calls; State.scratch holds data of accesses. */
export const coreHostSignatures = {
  /** (state, address low, high, bytes, flags). */
  slowLoad: { params: ['i32', 'i32', 'i32', 'i32', 'i32'], results: [] },
  slowStore: { params: ['i32', 'i32', 'i32', 'i32', 'i32'], results: [] },
  /** Translates for a write and fills the TLB; or faults. */
  prepareStore: { params: ['i32', 'i32', 'i32', 'i32'], results: [] },
  /** (state, entry): fills the entry's handler and operands in. */
  decode: { params: ['i32', 'i32'], results: [] },
  breakpoint: { params: ['i32'], results: [] },
} as const satisfies Record<string, Signature>;

const widths: readonly AccessBits[] = [8, 16, 32, 64, 128];

/** Writes the module of what handlers share: entering, far branches, slow halves of accesses, conditions. */
export class CoreModule {
  readonly #module = new ModuleWriter();
  readonly #threading: Threading;
  readonly #layout: MemoryLayout;
  readonly #handlerType: number;

  constructor(threading: Threading, layout: MemoryLayout) {
    this.#threading = threading;
    this.#layout = layout;
    this.#handlerType = this.#module.type(handlerSignature(threading));
  }

  build(tableSize: number): Uint8Array<ArrayBuffer> {
    const m = this.#module;
    m.importMemory('memory', this.#layout.totalPages);
    m.importTable('table', tableSize);
    const host = Object.fromEntries(
      Object.entries(coreHostSignatures).map(([name, signature]) => [name, m.importFunction(name, signature)]),
    ) as Record<keyof typeof coreHostSignatures, number>;
    const exception = m.importFunction('exception', hostSignatures.exception);

    const nzcv = this.#add('nzcv', { params: ['i32'], results: ['i32'] }, (code) => writeNzcv(code));
    this.#add('holds', { params: ['i32', 'i32'], results: ['i32'] }, (code) => writeHolds(code, nzcv));
    const farSignature: Signature = { params: ['i32', 'i32', 'i32', 'i64'], results: handlerSignature(this.#threading).results };
    const far = this.#add('far', farSignature, (code) => this.#far(code));
    this.#add('enter', { params: ['i32', 'i32', 'i32'], results: [] }, (code) => this.#enter(code));
    this.#handler('decode', (code) => {
      this.#saveContext(code);
      code.get(Param.state).get(Param.entry).call(host.decode);
      code.get(Param.state).memory('i32.load', State.exit).if();
      this.#leave(code);
      code.end();
      this.#goOn(code);
    });
    for (const flags of [false, true]) {
      const suffix = flags ? 'WithFlags' : '';
      const signature = leaveSignature(this.#threading, flags);
      for (const why of ['leave', 'leaveMissed', 'leaveNoted'] as const)
        this.#add(`${why}${suffix}`, signature, (code) => this.#leaveRegion(code, flags, why));
      this.#add(`leaveFar${suffix}`, leaveFarSignature(this.#threading, flags), (code) => this.#leaveFar(code, flags, far));
    }
    this.#add('noteOften', noteOftenSignature, (code) => this.#noteOften(code));
    this.#handler('pageEnd', (code) => {
      code.get(Param.state).get(Param.entry).i32(Entry.bytes).op('i32.sub').get(Param.limit);
      pushAddress(code, Param.state, Param.entry);
      if (this.#threading === 'tailCalls') code.returnCall(far);
      else code.call(far).return();
    });
    this.#handler('undefined', (code) => {
      this.#saveContext(code);
      code.get(Param.state).i32(exceptionCauses.indexOf('undefined')).i32(0).call(exception);
      this.#leave(code);
    });
    this.#handler('breakpoint', (code) => {
      this.#saveContext(code);
      code.get(Param.state).call(host.breakpoint);
      this.#leave(code);
    });
    for (const bits of widths) {
      const load = this.#add(`load${bits}`, loadSignature(bits), (code) => this.#load(code, bits, host.slowLoad));
      const store = this.#add(`store${bits}`, storeSignature(bits), (code) => this.#store(code, bits, host.slowStore));
      this.#add(`loadExclusive${bits}`, loadSignature(bits), (code) => this.#loadExclusive(code, bits, load));
      this.#add(`storeExclusive${bits}`, storeExclusiveSignature(bits), (code) =>
        this.#storeExclusive(code, bits, store, host.prepareStore),
      );
    }
    return m.finish();
  }

  #add(name: string, signature: Signature, write: (code: FunctionWriter) => void): number {
    const code = new FunctionWriter(signature.params.length);
    write(code);
    return this.#module.function(signature, code, name);
  }

  #handler(name: string, write: (code: FunctionWriter) => void): void {
    this.#add(name, handlerSignature(this.#threading), (code) => {
      write(code);
      code.unreachable();
    });
  }

  #saveContext(code: FunctionWriter): void {
    code.get(Param.state).get(Param.entry).memory('i32.store', State.entry);
    code.get(Param.state).get(Param.limit).memory('i32.store', State.limit);
  }

  #leave(code: FunctionWriter): void {
    if (this.#threading === 'loop') code.i32(0);
    code.return();
  }

  /** Executes the entry, which is not the limit. */
  #goOn(code: FunctionWriter): void {
    if (this.#threading === 'loop') {
      code.get(Param.state).get(Param.limit).memory('i32.store', State.limit).get(Param.entry).return();
      return;
    }
    code.get(Param.state).get(Param.entry).get(Param.limit);
    pushHandler(code, Param.entry, this.#layout.handlerOffset).returnCallIndirect(this.#handlerType);
  }

  /** Takes a place (handler-interface.ts) apart. */
  #openPlace(code: FunctionWriter): { state: number; entry: number; limit: number } {
    const [place, remaining] = [0, 1];
    const [state, entry, limit] = [code.local('i32'), code.local('i32'), code.local('i32')];
    code.get(place).i64(BigInt(PlaceBits.state)).op('i64.shr_u').op('i32.wrap_i64').i32(stateShift).op('i32.shl').set(state);
    code.get(place).op('i32.wrap_i64').tee(entry);
    code.get(remaining).i32(Math.log2(Entry.bytes)).op('i32.shl').op('i32.add').set(limit);
    return { state, entry, limit };
  }

  /** Puts translated code's flags, in three parameters from `kind` on, where the machine has them, which keeps 32-bit operands in upper halves. */
  #writeFlags(code: FunctionWriter, state: number, kind: number): void {
    code.get(kind).i32(narrowFlags).op('i32.and').if();
    for (const operand of [kind + 1, kind + 2]) code.get(operand).i64(32n).op('i64.shl').set(operand);
    code.get(kind).i32(narrowFlags).op('i32.xor').set(kind).end();
    code.get(state).get(kind).memory('i32.store', State.flagKind);
    code
      .get(state)
      .get(kind + 1)
      .memory('i64.store', State.flagA);
    code
      .get(state)
      .get(kind + 2)
      .memory('i64.store', State.flagB);
  }

  /** Notes where translated code is left for. */
  #note(code: FunctionWriter, pushAddress: () => void): void {
    const count = code.local('i32');
    code.i32(0).memory('i32.load', Notes.count).set(count);
    code
      .get(count)
      .i32(Notes.length - 1)
      .op('i32.and')
      .i32(3)
      .op('i32.shl');
    pushAddress();
    code.memory('i64.store', Notes.addresses);
    code.i32(0).get(count).i32(1).op('i32.add').memory('i32.store', Notes.count);
  }

  #noteOften(code: FunctionWriter): void {
    const place = code.local('i32');
    code
      .i32(0)
      .memory('i32.load', Often.count)
      .i32(Often.length - 1)
      .op('i32.and')
      .i32(2)
      .op('i32.shl')
      .tee(place);
    code.get(Param.entry).memory('i32.store', Often.entries);
    code.get(place).i32(1).op('i32.shl');
    pushAddress(code, Param.state, Param.entry);
    code.memory('i64.store', Often.addresses);
    code.i32(0).i32(0).memory('i32.load', Often.count).i32(1).op('i32.add').memory('i32.store', Often.count);
  }

  /**
   * See {@link leaveSignature}. `why`: 'leaveMissed' because of an access outside the identity ranges, 'leaveNoted' for code outside the region;
   * both are noted.
   */
  #leaveRegion(code: FunctionWriter, flags: boolean, why: 'leave' | 'leaveMissed' | 'leaveNoted'): void {
    const [place, remaining, kind] = [0, 1, 2];
    const { state, entry, limit } = this.#openPlace(code);
    if (flags) this.#writeFlags(code, state, kind);
    if (why === 'leaveNoted') this.#note(code, () => pushAddress(code, state, entry));
    if (why === 'leaveMissed') {
      const count = code.local('i32');
      code.get(state).memory('i32.load', State.misses).set(count);
      code
        .get(count)
        .i32(missedEntries - 1)
        .op('i32.and')
        .i32(2)
        .op('i32.shl')
        .get(state)
        .op('i32.add');
      code.get(entry).memory('i32.store', State.missedEntries);
      code.get(state).get(count).i32(1).op('i32.add').memory('i32.store', State.misses);
    }
    code.get(remaining).op('i32.eqz').if();
    code.get(state).get(entry).memory('i32.store', State.entry);
    code.get(state).get(limit).memory('i32.store', State.limit);
    if (this.#threading === 'loop') code.get(entry);
    code.return().end();
    code.get(state).get(entry).get(limit);
    const handler = code.local('i32');
    code.get(place).i64(BigInt(PlaceBits.handler)).op('i64.shr_u').op('i32.wrap_i64').i32(PlaceBits.handlerMask).op('i32.and').tee(handler);
    pushHandler(code, entry, this.#layout.handlerOffset).get(handler).op('select');
    if (this.#threading === 'tailCalls') code.returnCallIndirect(this.#handlerType);
    else code.callIndirect(this.#handlerType).return();
  }

  /** See {@link leaveFarSignature}. */
  #leaveFar(code: FunctionWriter, flags: boolean, far: number): void {
    const [target, kind] = [2, 3];
    const { state, entry, limit } = this.#openPlace(code);
    if (flags) this.#writeFlags(code, state, kind);
    this.#note(code, () => code.get(target));
    code.get(state).get(entry).get(limit).get(target);
    if (this.#threading === 'tailCalls') code.returnCall(far);
    else code.call(far).return();
  }

  /** (state, entry, limit): runs from an entry until State.exit says why not. */
  #enter(code: FunctionWriter): void {
    const call = (): FunctionWriter => {
      code.get(Param.state).get(Param.entry).get(Param.limit);
      return pushHandler(code, Param.entry, this.#layout.handlerOffset).callIndirect(this.#handlerType);
    };
    if (this.#threading === 'tailCalls') {
      call();
      return;
    }
    code.loop();
    call().tee(Param.entry).if();
    code.get(Param.entry).get(Param.state).memory('i32.load', State.limit).tee(Param.limit).op('i32.ne').brIf(1);
    this.#saveContext(code);
    code.end().end();
  }

  /** (state, entry, limit, target): a branch from `entry` to a guest address that may be in any page. */
  #far(code: FunctionWriter): void {
    const target = 3;
    const tlb = code.local('i32');
    const page = code.local('i32');
    const low = code.local('i32');
    code.get(target).op('i32.wrap_i64').tee(low);
    code
      .i32(12 - Math.log2(FetchEntry.bytes))
      .op('i32.shr_u')
      .i32((fetchEntries - 1) * FetchEntry.bytes)
      .op('i32.and');
    code.get(Param.state).memory('i32.load', State.fetchTlb).op('i32.add').tee(tlb);
    // The low two bits of a misaligned address make it unequal to any tag.
    code
      .memory('i64.load', FetchEntry.tag)
      .get(target)
      .i64(pageMask | 3n)
      .op('i64.and')
      .op('i64.ne')
      .if();
    code.get(Param.state).get(target).memory('i64.store', State.pc);
    code.get(Param.state).i32(Exit.fetch).memory('i32.store', State.exit);
    code.get(Param.entry).i32(Entry.bytes).op('i32.add').set(Param.entry);
    this.#saveContext(code);
    this.#leave(code);
    code.end();
    code.get(Param.state).get(tlb).memory('i32.load', FetchEntry.entries).tee(page).memory('i32.store', State.pageEntries);
    code.get(Param.state).get(target).i64(pageMask).op('i64.and').get(page).i32(3).op('i32.shr_u').op('i64.extend_i32_u').op('i64.sub');
    code.memory('i64.store', State.pcBase);
    code.get(low).i32(0xffc).op('i32.and').i32(3).op('i32.shl').get(page).op('i32.add').tee(page);
    code.get(Param.limit).op('i32.add').get(Param.entry).op('i32.sub').i32(Entry.bytes).op('i32.sub').set(Param.limit);
    code.get(page).set(Param.entry);
    if (this.#threading === 'tailCalls') {
      code.get(Param.entry).get(Param.limit).op('i32.eq').if();
      this.#saveContext(code);
      code.return().end();
    }
    this.#goOn(code);
  }

  /** Leaves the TLB entry's address in a local and on the stack whether it is the one of the page of the address. */
  #find(code: FunctionWriter, address: number, flags: number | undefined): { tlb: number; low: number } {
    const tlb = code.local('i32');
    const low = code.local('i32');
    code.get(address).op('i32.wrap_i64').tee(low);
    code
      .i32(12 - Math.log2(TlbEntry.bytes))
      .op('i32.shr_u')
      .i32((tlbEntries - 1) * TlbEntry.bytes)
      .op('i32.and');
    code.get(Param.state).memory('i32.load', State.dataTlb);
    if (flags !== undefined) {
      code.get(Param.state).memory('i32.load', State.unprivilegedTlb);
      code.get(flags).i32(AccessFlags.unprivileged).op('i32.and').op('i32.eqz').op('select');
    }
    code.op('i32.add').tee(tlb).memory('i64.load', TlbEntry.slowTag).get(address).i64(pageMask).op('i64.and').op('i64.eq');
    return { tlb, low };
  }

  /** Pushes whether an access of the entry found needs no call to the host: within the page, allowed, aligned if it must be. */
  #pushAllowed(code: FunctionWriter, bits: AccessBits, found: { tlb: number; low: number }, flags: number, need: number): void {
    const bytes = bits / 8;
    const entryFlags = (): FunctionWriter => code.get(found.tlb).memory('i32.load', TlbEntry.flags);
    entryFlags()
      .i32(need | TlbFlags.slow | (need & TlbFlags.write ? TlbFlags.code | TlbFlags.unwritten : TlbFlags.unread))
      .op('i32.and')
      .i32(need)
      .op('i32.eq');
    code
      .get(found.low)
      .i32(4095)
      .op('i32.and')
      .i32(4096 - bytes)
      .op('i32.le_u')
      .op('i32.and');
    if (bytes === 1) return;
    code.get(flags).i32(AccessFlags.aligned).op('i32.and');
    entryFlags().i32(TlbFlags.strict).op('i32.and').op('i32.or').op('i32.eqz');
    code
      .get(found.low)
      .i32(bytes - 1)
      .op('i32.and')
      .op('i32.eqz')
      .op('i32.or')
      .op('i32.and');
  }

  #callSlow(code: FunctionWriter, host: number, address: number, bits: AccessBits, flags: number): void {
    this.#saveContext(code);
    code.get(Param.state).get(address).op('i32.wrap_i64').get(address).i64(32n).op('i64.shr_u').op('i32.wrap_i64');
    code
      .i32(bits / 8)
      .get(flags)
      .call(host);
  }

  /** (state, entry, limit, address, flags): the value, or any value with State.exit set. */
  #load(code: FunctionWriter, bits: AccessBits, host: number): void {
    const [address, flags] = [3, 4];
    const type = accessType(bits);
    code.get(Param.state).get(Param.limit).memory('i32.store', State.limit);
    const found = this.#find(code, address, flags);
    code.if();
    this.#pushAllowed(code, bits, found, flags, TlbFlags.read);
    code.get(flags).i32(AccessFlags.forWrite).op('i32.and').op('i32.eqz').op('i32.and').if();
    code.get(found.low).get(found.tlb).memory('i32.load', TlbEntry.addend).op('i32.add').memory(loadOps[bits], 0, 0).return();
    code.end().end();
    this.#callSlow(code, host, address, bits, flags);
    code.get(Param.state).memory(type === 'v128' ? 'v128.load' : `${type}.load`, State.scratch);
  }

  /** (state, entry, limit, address, value, flags). */
  #store(code: FunctionWriter, bits: AccessBits, host: number): void {
    const [address, value, flags] = [3, 4, 5];
    const type = accessType(bits);
    code.get(Param.state).get(Param.limit).memory('i32.store', State.limit);
    const found = this.#find(code, address, flags);
    code.if();
    this.#pushAllowed(code, bits, found, flags, TlbFlags.write);
    code.if();
    code.get(found.low).get(found.tlb).memory('i32.load', TlbEntry.addend).op('i32.add').get(value).memory(storeOps[bits], 0, 0).return();
    code.end().end();
    code
      .get(Param.state)
      .get(value)
      .memory(type === 'v128' ? 'v128.store' : `${type}.store`, State.scratch);
    this.#callSlow(code, host, address, bits, flags);
  }

  #loadExclusive(code: FunctionWriter, bits: AccessBits, load: number): void {
    const [address, flags] = [3, 4];
    const value = code.local(accessType(bits));
    code.get(Param.state).get(Param.entry).get(Param.limit).get(address).get(flags).call(load).set(value);
    code.get(Param.state).memory('i32.load', State.exit).op('i32.eqz').if();
    const found = this.#find(code, address, undefined);
    // What is not RAM cannot be reserved.
    code.get(found.tlb).memory('i32.load', TlbEntry.flags).i32(TlbFlags.io).op('i32.and').op('i32.eqz').op('i32.and').if();
    code
      .get(Param.state)
      .get(found.low)
      .get(found.tlb)
      .memory('i32.load', TlbEntry.addend)
      .op('i32.add')
      .memory('i32.store', State.monitor);
    code
      .get(Param.state)
      .i32(bits / 8)
      .memory('i32.store', State.monitorBytes);
    code.else();
    code.get(Param.state).i32(0).memory('i32.store', State.monitor);
    code.end().end();
    code.get(value);
  }

  /** (state, entry, limit, address, value): 0 when stored. */
  #storeExclusive(code: FunctionWriter, bits: AccessBits, store: number, prepare: number): void {
    const [address, value] = [3, 4];
    const monitor = code.local('i32');
    code.get(Param.state).get(Param.limit).memory('i32.store', State.limit);
    code.get(Param.state).memory('i32.load', State.monitor).set(monitor);
    code.get(Param.state).i32(0).memory('i32.store', State.monitor);
    code
      .get(address)
      .op('i32.wrap_i64')
      .i32(bits / 8 - 1)
      .op('i32.and')
      .op('i32.eqz')
      .if();
    // Without a reservation nothing is translated, so nothing faults but a misaligned address.
    code.get(monitor).op('i32.eqz').if().i32(1).return().end();
    const first = this.#find(code, address, undefined);
    code.op('i32.eqz').if();
    this.#saveContext(code);
    code
      .get(Param.state)
      .get(first.low)
      .get(address)
      .i64(32n)
      .op('i64.shr_u')
      .op('i32.wrap_i64')
      .i32(bits / 8)
      .call(prepare);
    code.get(Param.state).memory('i32.load', State.exit).if().i32(1).return().end();
    code.end();
    const found = this.#find(code, address, undefined);
    code.get(found.low).get(found.tlb).memory('i32.load', TlbEntry.addend).op('i32.add').get(monitor).op('i32.eq').op('i32.and');
    code
      .get(Param.state)
      .memory('i32.load', State.monitorBytes)
      .i32(bits / 8)
      .op('i32.eq')
      .op('i32.and');
    code.op('i32.eqz').if().i32(1).return().end();
    code.end();
    // A misaligned address faults in here.
    code.get(Param.state).get(Param.entry).get(Param.limit).get(address).get(value);
    code.i32(AccessFlags.aligned | AccessFlags.forWrite).call(store);
    // A debugger that watches the place must find the reservation as it was, or the guest would notice it.
    code.get(Param.state).memory('i32.load', State.exit).i32(Exit.debug).op('i32.eq').if();
    code.get(Param.state).get(monitor).memory('i32.store', State.monitor).end();
    code.i32(0);
  }
}
