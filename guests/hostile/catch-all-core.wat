;; Attacks: the trap itself, with nothing between: a core module, no component. Component toolchains refuse the older
;; exception instructions (`try`) and Node 20 refuses the newer ones, so this is how to see on Node 20 whether a trap
;; can be caught. Imports `host.forbidden`, and `host.ran`, which it calls with 1 if it caught something and then,
;; 1,000 times, with 2. Exports `run`.
;; Held by: a trap that is a trap of WebAssembly; `host.ran` must never be called after `host.forbidden`.
(module
  (import "host" "forbidden" (func $forbidden))
  (import "host" "ran" (func $ran (param i32)))
  (func (export "run")
    (local $left i32)
    try
      (call $forbidden)
    catch_all
      (call $ran (i32.const 1))
    end
    (local.set $left (i32.const 1000))
    (loop $again
      try
        (call $ran (i32.const 2))
      catch_all
      end
      (local.set $left (i32.sub (local.get $left) (i32.const 1)))
      (br_if $again (local.get $left)))))
