import type { Type } from './types.ts';

type Struct = Extract<Type, { kind: 'struct' }>;

/** Makes each type once, so that equal types are the same object. Named structures are equal by name. */
export class TypeTable {
  readonly named = new Map<string, Struct>();
  #byKey = new Map<string, Type>();
  #numbers = new Map<Type, number>();

  #intern(key: string, make: () => Type): Type {
    let found = this.#byKey.get(key);
    if (!found) {
      found = make();
      this.#byKey.set(key, found);
      this.#numbers.set(found, this.#numbers.size);
    }
    return found;
  }

  #id(type: Type): number {
    let id = this.#numbers.get(type);
    if (id === undefined) {
      id = this.#numbers.size;
      this.#numbers.set(type, id);
    }
    return id;
  }

  simple(kind: 'void' | 'label' | 'metadata' | 'token' | 'ptr' | 'half' | 'bfloat' | 'float' | 'double' | 'fp128'): Type {
    return this.#intern(kind, () => ({ kind }));
  }
  int(bits: number): Type {
    return this.#intern(`i${bits}`, () => ({ kind: 'int', bits }));
  }
  array(length: number, element: Type): Type {
    return this.#intern(`[${length}x${this.#id(element)}`, () => ({ kind: 'array', length, element }));
  }
  vector(length: number, element: Type): Type {
    return this.#intern(`<${length}x${this.#id(element)}`, () => ({ kind: 'vector', length, element }));
  }
  struct(fields: readonly Type[], packed: boolean): Type {
    return this.#intern(`${packed ? '<' : ''}{${fields.map((f) => this.#id(f)).join(',')}`, () => ({ kind: 'struct', fields, packed }));
  }
  function(result: Type, params: readonly Type[], varargs: boolean): Extract<Type, { kind: 'function' }> {
    const key = `${this.#id(result)}(${params.map((p) => this.#id(p)).join(',')}${varargs ? '...' : ''}`;
    const type = this.#intern(key, () => ({ kind: 'function', result, params, varargs }));
    if (type.kind !== 'function') throw new Error('type table: a function key names another type');
    return type;
  }
  /** The named structure; opaque until {@link define} says what is in it. */
  namedStruct(name: string): Struct {
    let found = this.named.get(name);
    if (!found) {
      found = { kind: 'struct', fields: [], packed: false, name, opaque: true };
      this.named.set(name, found);
    }
    return found;
  }
  define(name: string, body: Struct): void {
    const struct = this.namedStruct(name);
    struct.fields = body.fields;
    struct.packed = body.packed;
    struct.opaque = false;
  }
}

/** A type as LLVM writes it. */
export function typeText(type: Type): string {
  switch (type.kind) {
    case 'int':
      return `i${type.bits}`;
    case 'array':
      return `[${type.length} x ${typeText(type.element)}]`;
    case 'vector':
      return `<${type.length} x ${typeText(type.element)}>`;
    case 'struct':
      if (type.name !== undefined) return `%${/^[-a-zA-Z$._][-a-zA-Z$._0-9]*$/.test(type.name) ? type.name : JSON.stringify(type.name)}`;
      return type.packed ? `<{ ${type.fields.map(typeText).join(', ')} }>` : `{ ${type.fields.map(typeText).join(', ')} }`;
    case 'function':
      return `${typeText(type.result)} (${[...type.params.map(typeText), ...(type.varargs ? ['...'] : [])].join(', ')})`;
    default:
      return type.kind;
  }
}
