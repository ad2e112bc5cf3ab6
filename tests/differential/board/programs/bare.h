/* What the bare-metal test programs share: printing, device access, exception entry (start.S) and PSCI. */
#pragma once
typedef unsigned long u64;
typedef unsigned int u32;
typedef unsigned char u8;

#define READ(at) (*(volatile u32 *)(u64)(at))
#define WRITE(at, v) (*(volatile u32 *)(u64)(at) = (v))
#define SYSREG_READ(r) ({ u64 v_; asm volatile("mrs %0, " #r : "=r"(v_)); v_; })
#define SYSREG_WRITE(r, v) asm volatile("msr " #r ", %0\n isb" ::"r"((u64)(v)) : "memory")

enum { UART = 0x09000000, GICD = 0x08000000, GICC = 0x08010000, GICR = 0x080a0000 };

/* Registers as the exception entry saves them. */
struct frame {
  u64 x[31], elr, spsr, esr, far, kind;
};

/* Programs define these. */
void program(u64 x0);
void exception(struct frame *);
void secondary(u64 context);

void putc(char);
void print(const char *);
void hex(const char *name, u64 value);
u64 psci(u64 function, u64 a, u64 b, u64 c);
void off(void) __attribute__((noreturn));
/* For programs that expect nothing but interrupts: says what came instead, and ends. */
void must_be_irq(const struct frame *f);
void secondary_entry(void);
