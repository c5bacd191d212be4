;; Attacks: the host's memory and time, with values that are small in the guest and large outside. The last argument
;; says which:
;;   0 key-value set-many: 65,536 entries that all name the same 1 MiB     4 2^40 random bytes
;;   1 poll on a list of 4,194,304 times the same pollable                 5 2^40 zeroes to standard output
;;   2 one key-value of 48 MiB                                             6 a read of 2^63 bytes from standard input
;;   3 HTTP fields: 65,536 entries that all name the same 1 MiB            7 a list of 2^32-1 bytes
;;   8 key-value get-many: 131,072 keys that all are the same 1 MiB        9 as many empty keys as its memory can hold
;; Prints `trying N`, and `survived N` if it comes back (or `no memory`).
;; Held by: budgets that are charged before a value is made, and hosts that cap what one call may ask for.
(module
  ;; include ../fragments/print-imports.wat
  ;; include ../fragments/choice-imports.wat
  (import "wasi:keyvalue/store@0.2.0-draft2" "open" (func $open (param i32 i32 i32)))
  (import "wasi:keyvalue/store@0.2.0-draft2" "[method]bucket.set" (func $set (param i32 i32 i32 i32 i32 i32)))
  (import "wasi:keyvalue/batch@0.2.0-draft2" "set-many" (func $set-many (param i32 i32 i32 i32)))
  (import "wasi:keyvalue/batch@0.2.0-draft2" "get-many" (func $get-many (param i32 i32 i32 i32)))
  (import "wasi:http/types@0.2.0" "[static]fields.from-list" (func $from-list (param i32 i32 i32)))
  (import "wasi:clocks/monotonic-clock@0.2.0" "subscribe-duration" (func $subscribe (param i64) (result i32)))
  (import "wasi:io/poll@0.2.0" "poll" (func $poll (param i32 i32 i32)))
  (import "wasi:random/random@0.2.0" "get-random-bytes" (func $random (param i64 i32)))
  (import "wasi:io/streams@0.2.0" "[method]output-stream.write-zeroes" (func $zeroes (param i32 i64 i32)))
  (import "wasi:cli/stdin@0.2.0" "get-stdin" (func $get-stdin (result i32)))
  (import "wasi:io/streams@0.2.0" "[method]input-stream.read" (func $read (param i32 i64 i32)))
  ;; include ../fragments/print.wat
  ;; include ../fragments/choice.wat
  (data (i32.const 64) "trying \00survived \00no memory\n\00notes\00key")
  ;; Entries of 16 bytes from 1 MiB on, each `key` and the MiB that starts at 2 MiB.
  (func $fill-entries
    (local $at i32)
    (local.set $at (i32.const 0x100000))
    (loop $next
      (i32.store (local.get $at) (i32.const 99))
      (i32.store offset=4 (local.get $at) (i32.const 3))
      (i32.store offset=8 (local.get $at) (i32.const 0x200000))
      (i32.store offset=12 (local.get $at) (i32.const 0x100000))
      (local.set $at (i32.add (local.get $at) (i32.const 16)))
      (br_if $next (i32.lt_u (local.get $at) (i32.const 0x200000)))))
  ;; Entries of 8 bytes from 1 MiB on, each the MiB that starts at 2 MiB.
  (func $fill-keys
    (local $at i32)
    (local.set $at (i32.const 0x100000))
    (loop $next
      (i32.store (local.get $at) (i32.const 0x200000))
      (i32.store offset=4 (local.get $at) (i32.const 0x100000))
      (local.set $at (i32.add (local.get $at) (i32.const 8)))
      (br_if $next (i32.lt_u (local.get $at) (i32.const 0x200000)))))
  (func $fill-handles (param $handle i32)
    (local $at i32)
    (local.set $at (i32.const 0x100000))
    (loop $next
      (i32.store (local.get $at) (local.get $handle))
      (local.set $at (i32.add (local.get $at) (i32.const 4)))
      (br_if $next (i32.lt_u (local.get $at) (i32.const 0x1100000)))))
  (func $bucket (result i32)
    (call $open (i32.const 93) (i32.const 5) (i32.const 0))
    (if (i32.load8_u (i32.const 0)) (then (return (i32.const 0))))
    (i32.load (i32.const 4)))
  (func $try (param $which i32)
    (if (i32.eq (local.get $which) (i32.const 0))
      (then
        (call $fill-entries)
        (call $set-many (call $bucket) (i32.const 0x100000) (i32.const 65536) (i32.const 0))))
    (if (i32.eq (local.get $which) (i32.const 1))
      (then
        (call $fill-handles (call $subscribe (i64.const 1)))
        (call $poll (i32.const 0x100000) (i32.const 4194304) (i32.const 0))))
    (if (i32.eq (local.get $which) (i32.const 2))
      (then
        (call $set (call $bucket) (i32.const 99) (i32.const 3) (i32.const 0x10000) (i32.const 0x3000000) (i32.const 0))))
    (if (i32.eq (local.get $which) (i32.const 3))
      (then
        (call $fill-entries)
        (call $from-list (i32.const 0x100000) (i32.const 65536) (i32.const 0))))
    (if (i32.eq (local.get $which) (i32.const 4)) (then (call $random (i64.const 0x10000000000) (i32.const 0))))
    (if (i32.eq (local.get $which) (i32.const 5))
      (then (call $zeroes (call $get-stdout) (i64.const 0x10000000000) (i32.const 0))))
    (if (i32.eq (local.get $which) (i32.const 6))
      (then (call $read (call $get-stdin) (i64.const 0x7fffffffffffffff) (i32.const 0))))
    (if (i32.eq (local.get $which) (i32.const 7))
      (then (call $set (call $bucket) (i32.const 99) (i32.const 3) (i32.const 0) (i32.const -1) (i32.const 0))))
    (if (i32.eq (local.get $which) (i32.const 8))
      (then
        (call $fill-keys)
        (call $get-many (call $bucket) (i32.const 0x100000) (i32.const 131072) (i32.const 0))))
    (if (i32.eq (local.get $which) (i32.const 9))
      (then
        (loop $grow (br_if $grow (i32.ne (memory.grow (i32.const 64)) (i32.const -1))))
        (call $get-many
          (call $bucket)
          (i32.const 0x100000)
          (i32.mul (i32.sub (memory.size) (i32.const 16)) (i32.const 8192))
          (i32.const 0)))))
  (func (export "wasi:cli/run@0.2.0#run") (result i32)
    (local $which i32)
    (local.set $which (call $choice))
    (call $say (i32.const 64))
    (call $print-number (local.get $which))
    (call $print-byte (i32.const 10))
    (if (i32.eq (memory.grow (i32.const 784)) (i32.const -1))
      (then (call $say (i32.const 82)) (return (i32.const 0))))
    (call $try (local.get $which))
    (call $say (i32.const 72))
    (call $print-number (local.get $which))
    (call $print-byte (i32.const 10))
    (i32.const 0)))
