;; Attacks: the host's memory, through tables, whose entries are not in the linear memory. Grows one by 100,000
;; entries at a time until growing fails ten times, then prints `table N entries`.
;; Held by: a cap on the table's maximum.
(module
  ;; include ../fragments/print-imports.wat
  (table $table 1 funcref)
  ;; include ../fragments/print.wat
  (data (i32.const 64) "table \00" " entries\n\00")
  (func $self)
  (elem declare func $self)
  (func (export "wasi:cli/run@0.2.0#run") (result i32)
    (local $failures i32)
    (loop $again
      (if (i32.eq (table.grow $table (ref.func $self) (i32.const 100000)) (i32.const -1))
        (then (local.set $failures (i32.add (local.get $failures) (i32.const 1)))))
      (br_if $again (i32.lt_u (local.get $failures) (i32.const 10))))
    (call $say (i32.const 64))
    (call $print-number (table.size $table))
    (call $say (i32.const 71))
    (i32.const 0)))
