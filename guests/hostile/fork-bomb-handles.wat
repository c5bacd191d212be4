;; Attacks: the host's memory, with resources that it makes for ever and never drops. The last argument says which:
;; 0 `wasi:http` fields, 1 pollables of a timer, 2 handles of standard output, 3 fields that it drops at once (a
;; bound on live handles must not stop that one, a budget of calls may).
;; Held by: a bound on the live handles of a run, or the budget of host calls.
(module
  ;; include ../fragments/print-imports.wat
  ;; include ../fragments/choice-imports.wat
  (import "wasi:http/types@0.2.0" "[constructor]fields" (func $new-fields (result i32)))
  (import "wasi:http/types@0.2.0" "[resource-drop]fields" (func $drop-fields (param i32)))
  (import "wasi:clocks/monotonic-clock@0.2.0" "subscribe-duration" (func $subscribe (param i64) (result i32)))
  ;; include ../fragments/print.wat
  ;; include ../fragments/choice.wat
  (data (i32.const 64) "making handles\n\00")
  (func (export "wasi:cli/run@0.2.0#run") (result i32)
    (local $which i32)
    (local.set $which (call $choice))
    (call $say (i32.const 64))
    (loop $for-ever
      (block $made
        (block $dropped
          (block $streams
            (block $timers
              (block $fields
                (br_table $fields $timers $streams $dropped (local.get $which)))
              (drop (call $new-fields))
              (br $made))
            (drop (call $subscribe (i64.const 3600000000000)))
            (br $made))
          (drop (call $get-stdout))
          (br $made))
        (call $drop-fields (call $new-fields)))
      (br $for-ever))
    unreachable))
