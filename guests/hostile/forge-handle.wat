;; Attacks: the handle tables, with handles that it was never given. The last argument says how:
;;   0 a number out of the air         5 a stream used as a pollable
;;   1 handle 0                        6 a stream dropped as a pollable
;;   2 a handle after its drop         7 fields given away twice
;;   3 an input stream as an output    8 handle 0xffffffff
;;   4 a second drop                   9 a stream dropped before the pollable that it made
;; Then it prints `survived N`.
;; Held by: a trap in every case but 9, which a host may allow. What must never happen: `forged` is printed, or a host
;; function runs with an object that it did not make.
(module
  ;; include ../fragments/print-imports.wat
  ;; include ../fragments/choice-imports.wat
  (import "wasi:cli/stdin@0.2.0" "get-stdin" (func $get-stdin (result i32)))
  (import "wasi:io/streams@0.2.0" "[resource-drop]output-stream" (func $drop-stream (param i32)))
  (import "wasi:io/streams@0.2.0" "[method]output-stream.subscribe" (func $subscribe (param i32) (result i32)))
  (import "wasi:io/poll@0.2.0" "[method]pollable.block" (func $block (param i32)))
  (import "wasi:io/poll@0.2.0" "[resource-drop]pollable" (func $drop-pollable (param i32)))
  (import "wasi:http/types@0.2.0" "[constructor]fields" (func $new-fields (result i32)))
  (import "wasi:http/types@0.2.0" "[constructor]outgoing-request" (func $new-request (param i32) (result i32)))
  ;; include ../fragments/print.wat
  ;; include ../fragments/choice.wat
  (data (i32.const 64) "survived \00" "forged\n")
  (func $write-to (param $handle i32)
    (call $blocking-write (local.get $handle) (i32.const 74) (i32.const 7) (i32.const 48)))
  (func $try (param $which i32)
    (local $handle i32)
    (if (i32.eq (local.get $which) (i32.const 0)) (then (call $write-to (i32.const 9999)) (return)))
    (if (i32.eq (local.get $which) (i32.const 1)) (then (call $write-to (i32.const 0)) (return)))
    (if (i32.eq (local.get $which) (i32.const 8)) (then (call $write-to (i32.const -1)) (return)))
    (if (i32.eq (local.get $which) (i32.const 3)) (then (call $write-to (call $get-stdin)) (return)))
    (if (i32.eq (local.get $which) (i32.const 7))
      (then
        (local.set $handle (call $new-fields))
        (drop (call $new-request (local.get $handle)))
        (drop (call $new-request (local.get $handle)))
        (return)))
    (local.set $handle (call $get-stdout))
    (if (i32.eq (local.get $which) (i32.const 5)) (then (call $block (local.get $handle)) (return)))
    (if (i32.eq (local.get $which) (i32.const 6)) (then (call $drop-pollable (local.get $handle)) (return)))
    (if (i32.eq (local.get $which) (i32.const 9)) (then (drop (call $subscribe (local.get $handle)))))
    (call $drop-stream (local.get $handle))
    (if (i32.eq (local.get $which) (i32.const 2)) (then (call $write-to (local.get $handle))))
    (if (i32.eq (local.get $which) (i32.const 4)) (then (call $drop-stream (local.get $handle)))))
  (func (export "wasi:cli/run@0.2.0#run") (result i32)
    (local $which i32)
    (local.set $which (call $choice))
    (call $try (local.get $which))
    (call $say (i32.const 64))
    (call $print-number (local.get $which))
    (call $print-byte (i32.const 10))
    (i32.const 0)))
