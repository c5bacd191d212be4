;; Attacks: like catch-all-denied, with the exception instructions of WebAssembly 3 (`try_table`), which not every
;; engine has. Prints `caught` and goes on: `still running` 10,000 times.
;; Held by: as catch-all-denied; an engine without them must refuse the module with a clear error.
(module
  ;; include ../fragments/print-imports.wat
  (import "wasi:random/random@0.2.0" "get-random-u64" (func $forbidden (result i64)))
  ;; include ../fragments/print.wat
  (data (i32.const 64) "trying\n\00" "caught\n\00" "still running\n\00")
  (func (export "wasi:cli/run@0.2.0#run") (result i32)
    (local $left i32)
    (call $say (i32.const 64))
    (local.set $left (i32.const 10000))
    (loop $again
      (block $caught
        (try_table (catch_all $caught)
          (drop (call $forbidden)))
        (br $caught))
      (if (i32.eq (local.get $left) (i32.const 10000)) (then (call $say (i32.const 72))))
      (call $say (i32.const 80))
      (local.set $left (i32.sub (local.get $left) (i32.const 1)))
      (br_if $again (local.get $left)))
    (i32.const 0)))
