;; Attacks: the native stack. Calls itself without end.
;; Held by: the engine's stack limit, which the host sees as an error and must report as a trap.
(module
  (func $down (param $depth i64) (result i64)
    (i64.add (call $down (i64.add (local.get $depth) (i64.const 1))) (local.get $depth)))
  (func (export "wasi:cli/run@0.2.0#run") (result i32)
    (drop (call $down (i64.const 0)))
    (i32.const 0)))
