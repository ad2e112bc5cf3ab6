/**
 * LLVM IR as plain typed objects: what the reader produces and the code generator consumes.
 * Follows the LLVM Language Reference (LLVM 22, opaque pointers). Types are interned by {@link TypeTable}:
 * equal types are the same object, so `===` compares them.
 */
export type Type =
  | { kind: 'void' | 'label' | 'metadata' | 'token' | 'ptr' | 'half' | 'bfloat' | 'float' | 'double' | 'fp128' }
  | { kind: 'int'; bits: number }
  | { kind: 'array'; length: number; element: Type }
  | { kind: 'vector'; length: number; element: Type }
  | { kind: 'struct'; fields: readonly Type[]; packed: boolean; name?: string; opaque?: boolean }
  | { kind: 'function'; result: Type; params: readonly Type[]; varargs: boolean };

/** Attributes with their arguments, e.g. `noreturn` -> true, `align` -> 16, `sret` -> Type, `"frame-pointer"` -> "all". */
export type Attributes = ReadonlyMap<string, true | number | string | Type | readonly number[]>;

export type Linkage =
  | 'external'
  | 'internal'
  | 'private'
  | 'weak'
  | 'weak_odr'
  | 'linkonce'
  | 'linkonce_odr'
  | 'common'
  | 'appending'
  | 'extern_weak'
  | 'available_externally';

type GlobalBase = {
  name: string;
  linkage: Linkage;
  visibility: 'default' | 'hidden' | 'protected';
  dsoLocal: boolean;
  unnamedAddr: boolean;
  /** Its address is insignificant within the module, but other modules may compare it. */
  localUnnamedAddr?: boolean;
  threadLocal?: 'generaldynamic' | 'localdynamic' | 'initialexec' | 'localexec';
  section?: string;
  partition?: string;
  align?: number;
  comdat?: string;
  /** `!dbg`: of a function its DISubprogram, of a variable the first of its DIGlobalVariableExpressions. */
  debug?: MetadataRef;
  /** Metadata other than the first `!dbg`, in the order written: a variable may have several of a name. */
  attachments?: Attachments;
  /** Line of the definition in the IR text, for errors. */
  irLine: number;
};
export type GlobalVariable = GlobalBase & {
  kind: 'variable';
  type: Type;
  constant: boolean;
  /** Absent for a declaration. */
  initializer?: Constant;
  externallyInitialized?: boolean;
  codeModel?: string;
  /** `no_sanitize_address` and the like, and those of attribute groups. */
  attributes?: Attributes;
};
export type GlobalAlias = GlobalBase & { kind: 'alias' | 'ifunc'; type: Type; target: Constant };
export type IrFunction = GlobalBase & {
  kind: 'function';
  type: Extract<Type, { kind: 'function' }>;
  callingConvention: string;
  returnAttributes: Attributes;
  attributes: Attributes;
  params: Param[];
  /** Empty for a declaration. The first block is the entry. */
  blocks: Block[];
  prefix?: Constant;
  prologue?: Constant;
  gc?: string;
  personality?: Constant;
};
export type Global = GlobalVariable | GlobalAlias | IrFunction;

export type Param = { kind: 'param'; index: number; type: Type; name: string; attributes: Attributes };

export type Constant =
  | { kind: 'int'; type: Type; value: bigint } // normalised: unsigned, below 2^bits
  | { kind: 'fp'; type: Type; bits: bigint } // IEEE bits of the type's width
  | { kind: 'null' | 'zero' | 'undef' | 'poison' | 'none'; type: Type }
  | { kind: 'aggregate'; type: Type; elements: readonly Constant[] } // array, struct, vector
  | { kind: 'bytes'; type: Type; bytes: Uint8Array } // c"..."
  | { kind: 'global'; type: Type; global: Global }
  | { kind: 'blockaddress'; type: Type; fn: IrFunction; block: Block }
  | { kind: 'dso_local_equivalent' | 'no_cfi'; type: Type; global: Global }
  | {
      kind: 'expr';
      type: Type;
      op: string;
      operands: readonly Constant[];
      sourceType?: Type;
      inrange?: readonly [bigint, bigint];
      flags?: Flags;
    };

export type Value = Constant | Param | Instruction | InlineAsm | MetadataValue;
export type InlineAsm = {
  kind: 'asm';
  type: Type;
  text: string;
  constraints: string;
  sideEffect: boolean;
  alignStack: boolean;
  intelDialect: boolean;
  unwind: boolean;
};
/** Metadata as an operand. `metadata !5` has `ref` 5, and for readers of nodes a tuple of that one reference. */
export type MetadataValue = { kind: 'metadataValue'; type: Type; metadata: MetadataNode | Value | string; ref?: MetadataRef };

export type Block = { kind: 'block'; name: string; index: number; instructions: Instruction[] };

export type DebugLocation = { line: number; column: number; scope: MetadataRef; inlinedAt?: MetadataRef };
/** `#dbg_value(...)`, `#dbg_declare(...)`, `#dbg_assign`, `#dbg_label`: stands before `before` in the block. */
export type DebugRecord = {
  kind: 'value' | 'declare' | 'declare_value' | 'assign' | 'label';
  operands: readonly (Value | MetadataRef)[];
  location: MetadataRef;
};

type InstructionBase = {
  kind: 'instruction';
  /** `void` when there is no result. */
  type: Type;
  /** Local name without `%`; a number as text when unnamed; '' without result. */
  name: string;
  block: Block;
  debug?: MetadataRef;
  /** Debug records that stand immediately before the instruction. */
  records?: readonly DebugRecord[];
  /** Metadata other than `!dbg`: `!tbaa`, `!prof`, `!range`, `!srcloc`, `!nontemporal`, `!llvm.loop`, ... */
  attachments?: Attachments;
  irLine: number;
};
export type Ordering = 'notatomic' | 'unordered' | 'monotonic' | 'acquire' | 'release' | 'acq_rel' | 'seq_cst';
export type BinaryOp =
  | 'add'
  | 'sub'
  | 'mul'
  | 'udiv'
  | 'sdiv'
  | 'urem'
  | 'srem'
  | 'shl'
  | 'lshr'
  | 'ashr'
  | 'and'
  | 'or'
  | 'xor'
  | 'fadd'
  | 'fsub'
  | 'fmul'
  | 'fdiv'
  | 'frem';
export type CastOp =
  | 'trunc'
  | 'zext'
  | 'sext'
  | 'fptrunc'
  | 'fpext'
  | 'fptoui'
  | 'fptosi'
  | 'uitofp'
  | 'sitofp'
  | 'ptrtoint'
  | 'ptrtoaddr'
  | 'inttoptr'
  | 'bitcast'
  | 'addrspacecast';
/** Flags by their IR spelling: nuw, nsw, exact, disjoint, nneg, inbounds, nusw, samesign, fast-math ones, ... */
export type Flags = ReadonlySet<string>;

export type Instruction = InstructionBase &
  (
    | { op: BinaryOp; operands: readonly [Value, Value]; flags: Flags }
    | { op: 'fneg' | 'freeze'; operands: readonly [Value]; flags: Flags }
    | { op: CastOp; operands: readonly [Value]; flags: Flags }
    | { op: 'icmp' | 'fcmp'; predicate: string; operands: readonly [Value, Value]; flags: Flags }
    | { op: 'select'; operands: readonly [Value, Value, Value]; flags: Flags }
    | { op: 'phi'; incoming: { value: Value; block: Block }[]; flags: Flags }
    | { op: 'alloca'; allocated: Type; count?: Value; align: number; inalloca: boolean }
    | { op: 'load'; operands: readonly [Value]; align: number; volatile: boolean; ordering: Ordering; syncscope?: string }
    | { op: 'store'; operands: readonly [Value, Value]; align: number; volatile: boolean; ordering: Ordering; syncscope?: string } // value, address
    | { op: 'fence'; ordering: Ordering; syncscope?: string }
    | {
        op: 'cmpxchg';
        operands: readonly [Value, Value, Value];
        weak: boolean;
        volatile: boolean;
        align: number;
        success: Ordering;
        failure: Ordering;
        syncscope?: string;
      }
    | {
        op: 'atomicrmw';
        rmw: string;
        operands: readonly [Value, Value];
        volatile: boolean;
        align: number;
        ordering: Ordering;
        syncscope?: string;
      }
    | { op: 'getelementptr'; sourceType: Type; operands: readonly Value[]; flags: Flags } // base, indices
    | { op: 'extractvalue'; operands: readonly [Value]; indices: readonly number[] }
    | { op: 'insertvalue'; operands: readonly [Value, Value]; indices: readonly number[] }
    | { op: 'extractelement'; operands: readonly [Value, Value] }
    | { op: 'insertelement'; operands: readonly [Value, Value, Value] }
    | { op: 'shufflevector'; operands: readonly [Value, Value]; mask: readonly number[] } // -1 is poison
    | { op: 'va_arg'; operands: readonly [Value] }
    | {
        op: 'call';
        callee: Value;
        args: readonly { value: Value; attributes: Attributes }[];
        functionType: Extract<Type, { kind: 'function' }>;
        tail: 'none' | 'tail' | 'musttail' | 'notail';
        callingConvention: string;
        returnAttributes: Attributes;
        attributes: Attributes;
        flags: Flags;
        bundles: readonly { tag: string; values: readonly Value[] }[];
      }
    | { op: 'ret'; operands: readonly [] | readonly [Value] }
    | { op: 'br'; condition?: Value; targets: readonly [Block] | readonly [Block, Block] } // true, false
    | { op: 'switch'; operands: readonly [Value]; defaultTarget: Block; cases: readonly { value: bigint; target: Block }[] }
    | { op: 'indirectbr'; operands: readonly [Value]; targets: readonly Block[] }
    | {
        op: 'callbr';
        callee: Value;
        args: readonly { value: Value; attributes: Attributes }[];
        functionType: Extract<Type, { kind: 'function' }>;
        attributes: Attributes;
        returnAttributes: Attributes;
        callingConvention: string;
        bundles: readonly { tag: string; values: readonly Value[] }[];
        fallthrough: Block;
        targets: readonly Block[];
      }
    | { op: 'unreachable' }
  );

/** Metadata by number (`!12`), looked up in {@link Module.metadata}. */
export type MetadataRef = number;
export type MetadataNode =
  | { kind: 'tuple'; distinct: boolean; elements: readonly (MetadataNode | Value | string | MetadataRef | null)[] }
  /** `!DILocalVariable(name: "x", ...)`: field values as written; references as {@link MetadataRef} in `{ ref }`. */
  | { kind: 'specialized'; name: string; distinct: boolean; fields: ReadonlyMap<string, MetadataField> }
  | { kind: 'expression'; ops: readonly (string | bigint)[] }
  | { kind: 'argList'; values: readonly Value[] };
export type MetadataField =
  string | bigint | boolean | null | { ref: MetadataRef } | { flags: readonly string[] } | { inline: MetadataNode } | { value: Value };

/** Metadata by the name under which it is attached (`!tbaa !5` is tbaa and 5). */
export type Attachments = readonly { name: string; node: MetadataRef | MetadataNode }[];

export type Module = {
  sourceFile: string;
  dataLayout: string;
  triple: string;
  moduleAsm: string[];
  namedTypes: ReadonlyMap<string, Type>;
  globals: readonly Global[];
  metadata: ReadonlyMap<number, MetadataNode>;
  namedMetadata: ReadonlyMap<string, readonly MetadataRef[]>;
  comdats: ReadonlyMap<string, string>;
};
