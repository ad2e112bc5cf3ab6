/** Sources for tests of debug information. Lines are found by the comment that stands on them, so that texts can change. */
export const typesProgram = `#include <stdint.h>
typedef unsigned int u32;
enum color { RED, GREEN = 5, BLUE, NEGATIVE = -3 };
enum wide { SMALL = 1, HUGE = 0x123456789 };
struct point { int x, y; };
union number { int i; float f; unsigned char bytes[4]; };
typedef int (*binary)(int, char);
struct all {
  struct point p;
  u32 bits : 3;
  int signed_bits : 5;
  _Bool flag : 1;
  unsigned long long wide_bits : 40;
  enum color c;
  enum wide w;
  const char *name;
  union number n;
  int matrix[2][3];
  double d;
  struct all *next;
  binary fn;
  volatile short vs;
  union { int inner; char inner_bytes[4]; };
  _Complex double z;
  __int128 big;
};
typedef int v4 __attribute__((vector_size(16)));
int global = 42;
static long counter;
const char *const names[] = {"one", "two"};
extern int other(void);
static inline __attribute__((always_inline)) int square(int a) {
  int r = a * a; // square-body
  counter += r;
  return r + global;
}
__attribute__((noinline)) int add(int a, char b) {
  int sum = a + b;
  return sum; // add-return
}
__attribute__((noinline)) int work(int n, struct point *p) {
  static int calls = 7;
  int total = 0; // work-start
  calls++;
  for (int i = 0; i < n; i++) {
    int t = square(i); // work-square
    total += t + p->x; // work-total
    p->y += total;
  }
  {
    long total = calls;
    p->x += total; // work-shadow
  }
  return total; // work-end
}
__attribute__((noinline)) long many(long a, long b, long c, long d, long e, long f, long g, long h, long i, struct point j) {
  long s = a + b + c + d + e + f + g + h + i;
  return s + j.x; // many-end
}
__attribute__((noinline)) int recurse(int depth) {
  if (depth == 0)
    return global; // recurse-bottom
  return recurse(depth - 1) + 1;
}
__attribute__((noinline)) int variable_length(int n) {
  int vla[n];
  for (int i = 0; i < n; i++)
    vla[i] = i * i;
  return vla[n - 1]; // vla-end
}
__attribute__((noinline)) int early(int n, struct point *p) {
  if (n <= 0)
    return -1;
  if (p->x == n)
    return p->y;
  int sum = 0;
  for (int i = 0; i < n; i++)
    sum += add(i, 2) + p->x;
  return p->y > 1000 ? sum : add(sum, n) * n;
}
__attribute__((noinline)) int leaves(int n, struct point *p) { return early(n, p) + 1; }
int main(int argc, char **argv) {
  struct point pt = {3, 4};
  struct all a = {{1, 2}, 3, -2, 1, 0x123456789aull, BLUE, HUGE, "first", {7}, {{1, 2, 3}, {4, 5, 6}}, 2.5, 0, add, -9, {0x41}, 1.5, (__int128)5 << 70};
  v4 v = {1, 2, 3, 4};
  float f = 1.25f;
  a.next = &a;
  int n = work(argc + 3, &pt); // main-work
  n += a.fn(n, 'c'); // main-after
  n += many(1, 2, 3, 4, 5, 6, 7, 8, n, pt);
  n += recurse(3);
  n += variable_length(5);
  n += leaves(0, &pt) + leaves(pt.x, &pt) + leaves(2, &pt);
  return (n + pt.y + v[2] + a.bits + (int)f) & 63; // main-end
}
`;

export const cxxProgram = `namespace outer { namespace inner {
struct Base { virtual ~Base() {} virtual int value() const { return 1; } int b = 5; };
class Derived : public Base {
public:
  explicit Derived(int n) : n(n) {}
  int value() const override { return n + limit; } // derived-value
  static const int limit = 100;
  static int shared;
private:
  int n;
};
int Derived::shared = 3;
template <typename T, int N> struct Array { T items[N]; int size() const { return N; } };
enum class Kind : unsigned char { First = 1, Second };
} }
using namespace outer::inner;
template <typename T> T twice(T x) { return x + x; }
static int take(Base &base, int &&moved, int Derived::*member) { return base.value() + moved + (member != nullptr); }
extern "C" void *memset(void *, int, unsigned long);
void operator delete(void *, unsigned long) noexcept {}
int run(int n) {
  Derived d(n);
  Array<int, 3> a = {{1, 2, 3}};
  Kind k = Kind::Second;
  auto lambda = [&](int x) { return x + n + (int)k; };
  return take(d, 4, nullptr) + twice(n) + a.size() + lambda(2); // run-end
}
`;

/** The number of the line, from 1, that carries the comment. */
export function lineOf(source: string, mark: string): number {
  const line = source.split('\n').findIndex((text) => text.endsWith(`// ${mark}`));
  if (line < 0) throw new Error(`no line is marked ${mark}`);
  return line + 1;
}
