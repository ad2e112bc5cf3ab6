/**
 * Types of a unit as entries: each node of the IR becomes one entry, made when something first refers to it. Entries are filled from a
 * queue, so that types that contain or name each other need no recursion.
 */
import { ATE, AT, numberOf, TAG } from '../../dwarf/constants.ts';
import type { MetadataRef } from '../../ir/index.ts';
import { Die } from './die.ts';
import { integerIn, isTrue, maxDepth, numberIn, refOf, textIn, wordsIn, type DebugMetadata, type DiNode } from './metadata.ts';

export type TypeContext = {
  readonly metadata: DebugMetadata;
  readonly root: Die;
  fileNumber(file: MetadataRef | undefined): number | undefined;
  /** The entry of a local variable that holds the length of an array, once functions have been described. */
  variable(ref: MetadataRef): Die | undefined;
};

const access = new Map([
  ['DIFlagPublic', 1],
  ['DIFlagProtected', 2],
  ['DIFlagPrivate', 3],
]);

export class TypeEntries {
  readonly #context: TypeContext;
  readonly #entries = new Map<MetadataRef, Die>();
  readonly #queue: (() => void)[] = [];
  #indexType: Die | undefined;

  constructor(context: TypeContext) {
    this.#context = context;
  }

  /** Fills in what was asked for. To be called when functions and variables have been described. */
  finish(): void {
    for (let fill = this.#queue.shift(); fill; fill = this.#queue.shift()) fill();
  }

  /** The entry of a type; undefined for void. */
  of(ref: MetadataRef | undefined): Die | undefined {
    if (ref === undefined) return undefined;
    const known = this.#entries.get(ref);
    if (known) return known;
    const node = this.#context.metadata.node(ref);
    const tag = node && tagOf(node);
    if (!node || tag === undefined) return undefined;
    return this.#make(ref, node, tag);
  }

  #make(ref: MetadataRef, node: DiNode, tag: number): Die {
    const die = new Die(tag);
    this.#entries.set(ref, die);
    this.parentOf(refOf(node, 'scope')).children.push(die);
    this.#queue.push(() => this.#fill(die, node));
    return die;
  }

  /** What declarations in a scope stand in: a namespace, a class, or the unit. Function scopes are left to who knows the function. */
  parentOf(scope: MetadataRef | undefined, depth = 0): Die {
    const node = this.#context.metadata.node(scope);
    if (!node || scope === undefined || depth > maxDepth) return this.#context.root;
    if (node.name === 'DICompositeType') return this.of(scope) ?? this.#context.root;
    if (node.name !== 'DINamespace') return this.#context.root;
    let die = this.#entries.get(scope);
    if (!die) {
      die = new Die(TAG.namespace).text(AT.name, textIn(node, 'name'));
      if (isTrue(node, 'exportSymbols')) die.flag(AT.export_symbols);
      this.#entries.set(scope, die);
      this.parentOf(refOf(node, 'scope'), depth + 1).children.push(die);
    }
    return die;
  }

  declared(die: Die, node: DiNode): void {
    const line = numberIn(node, 'line');
    const file = this.#context.fileNumber(refOf(node, 'file'));
    if (line > 0 && file !== undefined) die.number(AT.decl_file, file).number(AT.decl_line, line);
  }

  #fill(die: Die, node: DiNode): void {
    switch (node.name) {
      case 'DIBasicType':
        return this.#basic(die, node);
      case 'DIDerivedType':
        return this.#derived(die, node);
      case 'DISubroutineType':
        return this.#subroutine(die, node);
      case 'DICompositeType':
        return this.#composite(die, node);
    }
  }

  #basic(die: Die, node: DiNode): void {
    die.text(AT.name, textIn(node, 'name'));
    if (die.tag === TAG.unspecified_type) return;
    const encoding = numberOf(ATE, (wordsIn(node, 'encoding')[0] ?? '').replace(/^DW_ATE_/, '')) ?? integerIn(node, 'encoding');
    if (encoding !== undefined) die.number(AT.encoding, encoding);
    die.number(AT.byte_size, Math.ceil(numberIn(node, 'size') / 8));
  }

  #derived(die: Die, node: DiNode): void {
    die.text(AT.name, textIn(node, 'name'));
    die.refer(AT.type, this.of(refOf(node, 'baseType')));
    if (die.tag === TAG.pointer_type || die.tag === TAG.reference_type || die.tag === TAG.rvalue_reference_type)
      die.number(AT.byte_size, 8);
    if (die.tag === TAG.ptr_to_member_type) die.refer(AT.containing_type, this.of(refOf(node, 'extraData')));
    if (textIn(node, 'name') !== undefined) this.declared(die, node);
  }

  #subroutine(die: Die, node: DiNode): void {
    const [result, ...parameters] = this.#context.metadata.list(refOf(node, 'types'));
    die.refer(AT.type, this.of(result ?? undefined));
    die.flag(AT.prototyped);
    this.parameters(die, parameters);
  }

  /** Entries of parameters that have only types. An absent one stands for `...`. */
  parameters(die: Die, types: readonly (MetadataRef | null)[]): void {
    for (const type of types) {
      if (type === null) {
        die.children.push(new Die(TAG.unspecified_parameters));
        continue;
      }
      const parameter = new Die(TAG.formal_parameter).refer(AT.type, this.of(type));
      const node = this.#context.metadata.node(type);
      if (node && wordsIn(node, 'flags').includes('DIFlagArtificial')) parameter.flag(AT.artificial);
      die.children.push(parameter);
    }
  }

  #composite(die: Die, node: DiNode): void {
    die.text(AT.name, textIn(node, 'name'));
    const flags = wordsIn(node, 'flags');
    if (die.tag === TAG.array_type) {
      if (flags.includes('DIFlagVector')) die.flag(AT.GNU_vector);
      die.refer(AT.type, this.of(refOf(node, 'baseType')));
    } else {
      if (die.tag === TAG.enumeration_type) {
        die.refer(AT.type, this.of(refOf(node, 'baseType')));
        if (flags.includes('DIFlagEnumClass')) die.flag(AT.enum_class);
      }
      if (flags.includes('DIFlagFwdDecl')) die.flag(AT.declaration);
      else die.number(AT.byte_size, numberIn(node, 'size') / 8);
      if (textIn(node, 'name') !== undefined || !flags.includes('DIFlagFwdDecl')) this.declared(die, node);
    }
    for (const element of this.#context.metadata.list(refOf(node, 'elements'))) if (element !== null) this.#element(die, element);
    for (const argument of this.#context.metadata.list(refOf(node, 'templateParams'))) this.templateParameter(die, argument);
  }

  #element(parent: Die, ref: MetadataRef): void {
    const node = this.#context.metadata.node(ref);
    switch (node?.name) {
      case 'DIEnumerator':
        parent.children.push(enumerator(node));
        return;
      case 'DISubrange':
        parent.children.push(this.#subrange(node));
        return;
      case 'DISubprogram':
        parent.children.push(this.subprogram(ref, node));
        return;
      case 'DIDerivedType':
        parent.children.push(this.#member(ref, node));
        return;
      default:
        // Types that are declared within stand there because of their scope.
        this.of(ref);
    }
  }

  #member(ref: MetadataRef, node: DiNode): Die {
    const tag = tagOf(node) ?? TAG.member;
    const flags = wordsIn(node, 'flags');
    const isStatic = flags.includes('DIFlagStaticMember');
    const die = new Die(tag === TAG.member && isStatic ? TAG.variable : tag);
    this.#entries.set(ref, die);
    die.text(AT.name, textIn(node, 'name'));
    die.refer(AT.type, this.of(refOf(node, 'baseType')));
    this.declared(die, node);
    if (isStatic) die.flag(AT.external).flag(AT.declaration);
    else if (tag === TAG.member || tag === TAG.inheritance) {
      const offset = numberIn(node, 'offset');
      if (flags.includes('DIFlagBitField')) die.number(AT.bit_size, numberIn(node, 'size')).number(AT.data_bit_offset, offset);
      else die.number(AT.data_member_location, offset / 8);
    }
    for (const [name, value] of access) if (flags.includes(name)) die.number(AT.accessibility, value);
    if (flags.includes('DIFlagVirtual')) die.number(AT.virtuality, 1);
    if (flags.includes('DIFlagArtificial')) die.flag(AT.artificial);
    return die;
  }

  /** A member function's declaration. */
  subprogram(ref: MetadataRef, node: DiNode): Die {
    const known = this.#entries.get(ref);
    if (known) return known;
    const die = new Die(TAG.subprogram);
    this.#entries.set(ref, die);
    die.text(AT.linkage_name, textIn(node, 'linkageName')).text(AT.name, textIn(node, 'name'));
    this.declared(die, node);
    const flags = wordsIn(node, 'flags');
    const type = this.#context.metadata.node(refOf(node, 'type'), 'DISubroutineType');
    const [result, ...parameters] = type ? this.#context.metadata.list(refOf(type, 'types')) : [];
    die
      .refer(AT.type, this.of(result ?? undefined))
      .flag(AT.declaration)
      .flag(AT.external);
    for (const [name, value] of access) if (flags.includes(name)) die.number(AT.accessibility, value);
    if (flags.includes('DIFlagExplicit')) die.flag(AT.explicit);
    if (flags.includes('DIFlagArtificial')) die.flag(AT.artificial);
    this.parameters(die, parameters);
    const first = die.children[0];
    if (first?.has(AT.artificial)) die.refer(AT.object_pointer, first);
    return die;
  }

  #subrange(node: DiNode): Die {
    const die = new Die(TAG.subrange_type).refer(AT.type, this.#sizeType());
    const lower = integerIn(node, 'lowerBound');
    if (lower !== undefined && lower !== 0n) die.number(AT.lower_bound, lower);
    const count = integerIn(node, 'count');
    if (count !== undefined) {
      if (count >= 0n) die.number(AT.count, count);
      return die;
    }
    const variable = refOf(node, 'count');
    if (variable !== undefined) die.refer(AT.count, this.#context.variable(variable));
    return die;
  }

  #sizeType(): Die {
    if (!this.#indexType) {
      this.#indexType = new Die(TAG.base_type).text(AT.name, '__ARRAY_SIZE_TYPE__').number(AT.byte_size, 8);
      this.#indexType.number(AT.encoding, ATE.unsigned);
      this.#context.root.children.push(this.#indexType);
    }
    return this.#indexType;
  }

  templateParameter(die: Die, ref: MetadataRef | null): void {
    const node = this.#context.metadata.node(ref ?? undefined);
    if (!node || (node.name !== 'DITemplateTypeParameter' && node.name !== 'DITemplateValueParameter')) return;
    const isType = node.name === 'DITemplateTypeParameter';
    const entry = new Die(isType ? TAG.template_type_parameter : TAG.template_value_parameter);
    entry.text(AT.name, textIn(node, 'name')).refer(AT.type, this.of(refOf(node, 'type')));
    const value = isType ? undefined : integerIn(node, 'value');
    if (value !== undefined) entry.add(AT.const_value, { form: 'sdata', value });
    die.children.push(entry);
  }
}

function enumerator(node: DiNode): Die {
  const value = integerIn(node, 'value') ?? 0n;
  const die = new Die(TAG.enumerator).text(AT.name, textIn(node, 'name'));
  return die.add(AT.const_value, { form: isTrue(node, 'isUnsigned') && value >= 0n ? 'udata' : 'sdata', value });
}

/** The tag of a node that is a type; undefined for others, and for tags that are not in the standard. */
function tagOf(node: DiNode): number | undefined {
  const written = wordsIn(node, 'tag')[0]?.replace(/^DW_TAG_/, '');
  const tag = written === undefined ? undefined : numberOf(TAG, written);
  switch (node.name) {
    case 'DIBasicType':
      return tag ?? TAG.base_type;
    case 'DISubroutineType':
      return TAG.subroutine_type;
    case 'DIDerivedType':
    case 'DICompositeType':
      return tag;
    default:
      return undefined;
  }
}
