;; The loop of `run-strings` in calls.wat as an Extism plug-in. A plug-in has its strings in its own memory as well, and
;; hands them to a host function the way Extism's plug-in kits do: a block of the host's for each, filled eight bytes at
;; a time and then by the byte, and given back after the call. A round is a call of the plug-in, since the SDK can number
;; no more than some thirty thousand blocks within one.
(module
  (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
  (import "extism:host/env" "free" (func $free (param i64)))
  (import "extism:host/env" "store_u8" (func $store_u8 (param i64 i32)))
  (import "extism:host/env" "store_u64" (func $store_u64 (param i64 i64)))
  (import "extism:host/user" "calls" (func $calls (result i32)))
  (import "extism:host/user" "begin" (func $begin))
  (import "extism:host/user" "end" (func $end (param i64)))
  (import "extism:host/user" "pair" (func $pair (param i64 i64) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "tenants/acme/quota")
  (data (i32.const 64) "the quarterly figures of the third region")

  (func $hand-over (param $from i32) (param $length i32) (result i64)
    (local $block i64) (local $at i32)
    (local.set $block (call $alloc (i64.extend_i32_u (local.get $length))))
    (block $words-done
      (loop $word
        (br_if $words-done (i32.gt_u (i32.add (local.get $at) (i32.const 8)) (local.get $length)))
        (call $store_u64
          (i64.add (local.get $block) (i64.extend_i32_u (local.get $at)))
          (i64.load (i32.add (local.get $from) (local.get $at))))
        (local.set $at (i32.add (local.get $at) (i32.const 8)))
        (br $word)))
    (block $done
      (loop $byte
        (br_if $done (i32.ge_u (local.get $at) (local.get $length)))
        (call $store_u8
          (i64.add (local.get $block) (i64.extend_i32_u (local.get $at)))
          (i32.load8_u (i32.add (local.get $from) (local.get $at))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $byte)))
    (local.get $block))

  (func $strings (param $calls i32)
    (local $i i32) (local $sum i64) (local $a i64) (local $b i64)
    (call $begin)
    (loop $next
      (i32.store8 (i32.const 33) (i32.add (i32.const 97) (i32.rem_u (local.get $i) (i32.const 26))))
      (i32.store8 (i32.const 103) (i32.add (i32.const 97) (i32.rem_u (local.get $i) (i32.const 23))))
      (local.set $a (call $hand-over (i32.const 16) (i32.const 18)))
      (local.set $b (call $hand-over (i32.const 64) (i32.const 40)))
      (local.set $sum (i64.add (local.get $sum) (i64.extend_i32_u (call $pair (local.get $a) (local.get $b)))))
      (call $free (local.get $a))
      (call $free (local.get $b))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (local.get $calls))))
    (call $end (local.get $sum)))

  (func (export "round") (call $strings (call $calls))))
