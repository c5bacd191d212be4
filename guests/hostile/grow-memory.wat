;; Attacks: the host's memory. Grows its own by 16 MiB at a time and touches every page until growing fails ten
;; times, then prints `memory N pages`.
;; Held by: a cap on the memory's maximum; growing fails there and the guest lives on.
(module
  ;; include ../fragments/print-imports.wat
  ;; include ../fragments/print.wat
  (data (i32.const 64) "memory \00" " pages\n\00")
  (func (export "wasi:cli/run@0.2.0#run") (result i32)
    (local $failures i32)
    (local $page i32)
    (local.set $page (i32.const 1))
    (loop $again
      (if (i32.eq (memory.grow (i32.const 256)) (i32.const -1))
        (then (local.set $failures (i32.add (local.get $failures) (i32.const 1)))))
      (block $touched
        (loop $touch
          (br_if $touched (i32.ge_u (local.get $page) (memory.size)))
          (i32.store (i32.mul (local.get $page) (i32.const 65536)) (i32.const 1))
          (local.set $page (i32.add (local.get $page) (i32.const 1)))
          (br $touch)))
      (br_if $again (i32.lt_u (local.get $failures) (i32.const 10))))
    (call $say (i32.const 64))
    (call $print-number (memory.size))
    (call $say (i32.const 72))
    (i32.const 0)))
