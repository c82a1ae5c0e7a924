# SPDX-License-Identifier: MIT
#
# Prints the lines of a kernel's log by which it reports a fault in itself, from the
# moment the modules were loaded: a user-mode kernel with lockdep has splats of its own
# before.
#
# One of these comes when it likes: flush_tlb_mm() of arch/um walks a process's mappings
# without a lock (7.2), which is seen where two flush one process at once, as truncating
# a file does. A suspicious use of RCU right below that is left out, whoever flushed.

function settle() {
	if (held != "" && !is_of_um)
		print held
	held = ""
}

/ghostnv-vm: start/ { started = 1 }
!started { next }

# Of such a report the trace is its last part.
/suspicious RCU usage$/ { settle(); held = $0; is_of_um = in_trace = walks = 0; next }
held != "" && /Call Trace:/ { in_trace = 1; next }
held != "" && in_trace && !/\[<[0-9a-f]+>\]/ { settle() }
held != "" && / mas_(find|walk|next)[a-z_]*\+/ { walks = 1 }
walks && / flush_tlb_mm\+/ { is_of_um = 1 }

/BUG:|WARNING:|KASAN|UBSAN|KCSAN|Oops|general protection fault|Kernel panic/ ||
/unreferenced object|possible (recursive|circular|irq)|inconsistent lock state/ ||
/suspicious RCU|bad: scheduling|blocked for more than|list_(add|del) corruption/ ||
/refcount_t:|ODEBUG:|stack-protector/

END { settle() }
