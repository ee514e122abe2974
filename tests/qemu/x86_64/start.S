/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the machine begins: PVH's note and entry, and the way from 32 bits
 * without paging to 64 bits; and the entries of traps.
 *
 * The first page tables map the first GiB of memory as it lies, and once more
 * where the image is linked to be (OFFSET of link.ld).
 */
#define OFFSET 0x40000000
#define SECOND_ENTRY 0x8000

	.section .note.Xen, "a", @note
	.align 4
	.long 4, 4, 18		/* XEN_ELFNOTE_PHYS32_ENTRY */
	.asciz "Xen"
	.long start32

	.section .boot, "ax"
	.code32
	.globl start32
start32:
	cli
	cld
	mov $(early_pml4 - OFFSET), %edi
	movl $(early_pdpt - OFFSET + 3), (%edi)
	mov $(early_pdpt - OFFSET), %edi
	movl $(early_pd - OFFSET + 3), (%edi)
	movl $(early_pd - OFFSET + 3), 8(%edi)
	mov $(early_pd - OFFSET), %edi
	mov $0x83, %eax		/* present, writable, 2 MiB */
	mov $512, %ecx
1:	mov %eax, (%edi)
	add $0x200000, %eax
	add $8, %edi
	loop 1b

	/* With %ebx 0, the second CPU. */
long_mode:
	mov %cr4, %eax
	or $0x20, %eax		/* PAE */
	mov %eax, %cr4
	mov $(early_pml4 - OFFSET), %eax
	mov %eax, %cr3
	mov $0xc0000080, %ecx	/* EFER: LME, NXE */
	rdmsr
	or $0x900, %eax
	wrmsr
	mov %cr0, %eax
	or $0x80010001, %eax	/* PG, WP, PE */
	mov %eax, %cr0
	lgdt boot_gdtr
	ljmp $8, $start64

	.code64
start64:
	mov $16, %eax
	mov %eax, %ds
	mov %eax, %es
	mov %eax, %ss
	xor %eax, %eax
	mov %eax, %fs
	mov %eax, %gs
	xor %ebp, %ebp
	mov $stack_top, %rsp
	mov $x86_start, %rax
	mov %ebx, %edi		/* PVH's start info */
	test %ebx, %ebx
	jnz 1f
	mov $second_stack_top, %rsp
	mov $x86_second_start, %rax
1:	call *%rax
2:	hlt
	jmp 2b

/*
 * Where the second CPU begins, in 16 bits: copied to SECOND_ENTRY, with %cs
 * there.  Of several, one goes on.
 */
	.code16
	.globl second_entry, second_end
second_entry:
	cli
	xor %ax, %ax
	mov %ax, %ds
	lgdtl second_gdtr - second_entry + SECOND_ENTRY
	mov %cr0, %eax
	or $1, %eax		/* PE */
	mov %eax, %cr0
	ljmpl $24, $second32
	.align 4
second_gdtr:
	.word boot_gdt_end - boot_gdt - 1
	.long boot_gdt
second_end:

	.code32
second32:
	mov $16, %eax
	mov %eax, %ds
	mov %eax, %es
	mov %eax, %ss
	mov $1, %eax
	lock xadd %eax, second_count - OFFSET
	xor %ebx, %ebx
	test %eax, %eax
	jz long_mode
1:	hlt
	jmp 1b

	.align 8
boot_gdt:
	.quad 0
	.quad 0x00af9b000000ffff	/* code, 64 bits */
	.quad 0x00cf93000000ffff	/* data */
	.quad 0x00cf9b000000ffff	/* code, 32 bits */
boot_gdt_end:
boot_gdtr:
	.word boot_gdt_end - boot_gdt - 1
	.long boot_gdt

	.section .stack, "aw", @nobits
	.align 4096
	.skip 65536
	.globl stack_top
stack_top:
	.skip 65536
second_stack_top:

	.bss
	.align 4096
early_pml4:
	.skip 4096
early_pdpt:
	.skip 4096
early_pd:
	.skip 4096
second_count:
	.skip 4

/*
 * A trap pushes its number under the error code, and what x86_trap is to see
 * (struct trapframe).
 */
	.text
	.code64
.macro entry n
	.align 16
	.if \n == 8 || (\n >= 10 && \n <= 14) || \n == 17 || \n == 21
	.else
	push $0
	.endif
	push $\n
	jmp trap_common
.endm
	.align 16
	.globl trap_entries
trap_entries:
	.set i, 0
	.rept 48
	entry i
	.set i, i + 1
	.endr

trap_common:
	push %rax
	push %rcx
	push %rdx
	push %rbx
	push %rbp
	push %rsi
	push %rdi
	push %r8
	push %r9
	push %r10
	push %r11
	push %r12
	push %r13
	push %r14
	push %r15
	cld
	mov %rsp, %rdi
	mov %rsp, %rbp
	and $-16, %rsp
	call x86_trap
	mov %rbp, %rsp
	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %r11
	pop %r10
	pop %r9
	pop %r8
	pop %rdi
	pop %rsi
	pop %rbp
	pop %rbx
	pop %rdx
	pop %rcx
	pop %rax
	add $16, %rsp
	iretq

	.section .note.GNU-stack, "", @progbits
