;; Attacks: the host's writes into and reads from the guest's memory. The last argument says how. `cabi_realloc`:
;;   0 returns an address out of range     4 traps
;;   1 returns an odd address              5 calls the host while the host waits for it
;;   2 returns 0                           9 grows the memory, so that the host's view of it is stale
;;   3 returns the last byte of the memory
;; and, given to an import:
;;   6 bytes out of range to write         8 an address out of range for the result
;;   7 an address and a length whose sum does not fit into 32 bits
;; Then it prints `survived N`.
;; Held by: the Canonical ABI, which traps for 0, 1, 3, 4, 5, 6, 7, 8. A host may be more lenient where nothing leaves
;; the guest's own memory (1, 5, 6, 7), never with 0, 3, 4, 8. 2 is valid: the memory at 0 is the guest's own. 9 is
;; valid too, and the result must then be right: it prints `last 9`, its last argument, before `survived 9`.
(module
  ;; include ../fragments/print-imports.wat
  ;; include ../fragments/choice-imports.wat
  (memory (export "memory") 1)
  (global $mode (mut i32) (i32.const -1))
  (global $stdout (mut i32) (i32.const -1))
  (global $free (mut i32) (i32.const 32768))
  (data (i32.const 64) "survived \00" "last \00" "inside realloc\n\00")
  ;; include ../fragments/choice.wat
  (func $allocate (param $align i32) (param $size i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
    (global.set $free (i32.add (local.get $at) (local.get $size)))
    (local.get $at))
  (func (export "cabi_realloc") (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
    (if (i32.eq (global.get $mode) (i32.const 0)) (then (return (i32.const 0xfffffff0))))
    (if (i32.eq (global.get $mode) (i32.const 1)) (then (return (i32.const 16385))))
    (if (i32.eq (global.get $mode) (i32.const 2)) (then (return (i32.const 0))))
    (if (i32.eq (global.get $mode) (i32.const 3))
      (then (return (i32.sub (i32.mul (memory.size) (i32.const 65536)) (local.get $align)))))
    (if (i32.eq (global.get $mode) (i32.const 4)) (then unreachable))
    (if (i32.eq (global.get $mode) (i32.const 5)) (then (call $say (i32.const 80))))
    (if (i32.eq (global.get $mode) (i32.const 9)) (then (drop (memory.grow (i32.const 1)))))
    (call $allocate (local.get $align) (local.get $size)))
  (func $say (param $at i32)
    (local $end i32)
    (local.set $end (local.get $at))
    (block $found
      (loop $scan
        (br_if $found (i32.eqz (i32.load8_u (local.get $end))))
        (local.set $end (i32.add (local.get $end) (i32.const 1)))
        (br $scan)))
    (call $print (local.get $at) (i32.sub (local.get $end) (local.get $at))))
  (func $print (param $at i32) (param $length i32)
    (if (i32.eq (global.get $stdout) (i32.const -1)) (then (global.set $stdout (call $get-stdout))))
    (call $blocking-write (global.get $stdout) (local.get $at) (local.get $length) (i32.const 48)))
  (func $try (param $which i32)
    (local $last i32)
    (if (i32.eq (local.get $which) (i32.const 6))
      (then (call $print (i32.const 0x7fffffff) (i32.const 16)) (return)))
    (if (i32.eq (local.get $which) (i32.const 7))
      (then (call $print (i32.const 0xffffff00) (i32.const 0x200)) (return)))
    (if (i32.eq (local.get $which) (i32.const 8))
      (then (call $get-arguments (i32.const 0xfffffff0)) (return)))
    (global.set $mode (local.get $which))
    (call $get-arguments (i32.const 16))
    (global.set $mode (i32.const -1))
    (if (i32.eq (local.get $which) (i32.const 9))
      (then
        (local.set $last
          (i32.add (i32.load (i32.const 16)) (i32.mul (i32.sub (i32.load (i32.const 20)) (i32.const 1)) (i32.const 8))))
        (call $say (i32.const 74))
        (call $print (i32.load (local.get $last)) (i32.load offset=4 (local.get $last)))
        (call $print (i32.const 94) (i32.const 1)))))
  (func (export "wasi:cli/run@0.2.0#run") (result i32)
    (local $which i32)
    (local.set $which (call $choice))
    (call $try (local.get $which))
    (call $say (i32.const 64))
    (i32.store8 (i32.const 40) (i32.add (i32.const 48) (local.get $which)))
    (i32.store8 (i32.const 41) (i32.const 10))
    (call $print (i32.const 40) (i32.const 2))
    (i32.const 0)))
