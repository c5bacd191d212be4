;; Attacks: a host that goes on using an instance after it trapped. `boom` counts, calls the host and then traps;
;; `again` counts, calls the host and returns the count; `count` returns it without a host call.
;; Held by: refusing every further call of the instance: `again` and `count` must never run after `boom`.
(module
  ;; include ../fragments/print-imports.wat
  ;; include ../fragments/print.wat
  (global $count (mut i32) (i32.const 0))
  (data (i32.const 64) "boom\n\00" "again\n\00")
  (func $next (result i32)
    (global.set $count (i32.add (global.get $count) (i32.const 1)))
    (global.get $count))
  (func (export "boom") (result i32)
    (drop (call $next))
    (call $say (i32.const 64))
    unreachable)
  (func (export "again") (result i32)
    (call $say (i32.const 70))
    (call $next))
  (func (export "count") (result i32)
    (call $next)))
