;; Attacks: a host that calls methods of exported resources. Exports `acme:tricks/tricks@1.0.0`: a resource whose
;; destructor traps or loops for ever, one whose method drops the handle it is called on, one whose methods are named as
;; what every object has, and a function that returns a handle it never made. `then` would be taken for a promise's.
;; Held by: destructors that run while everything still watches the guest; a table in which a dropped handle leaves
;; nothing; own properties only.
(module
  ;; include ../fragments/print-imports.wat
  (import "[export]acme:tricks/tricks@1.0.0" "[resource-new]bomb" (func $new-bomb (param i32) (result i32)))
  (import "[export]acme:tricks/tricks@1.0.0" "[resource-new]ghost" (func $new-ghost (param i32) (result i32)))
  (import "[export]acme:tricks/tricks@1.0.0" "[resource-drop]ghost" (func $drop-ghost (param i32)))
  (import "[export]acme:tricks/tricks@1.0.0" "[resource-new]object" (func $new-object (param i32) (result i32)))
  ;; include ../fragments/print.wat
  (data (i32.const 64) "destructor\n\00" "ghost gone\n\00" "met\n\00")
  (global $ghost (mut i32) (i32.const 0))

  (func (export "acme:tricks/tricks@1.0.0#[dtor]bomb") (param $endless i32)
    (call $say (i32.const 64))
    (if (i32.eq (local.get $endless) (i32.const 2)) (then (loop $for-ever (br $for-ever))))
    unreachable)
  (func (export "acme:tricks/tricks@1.0.0#[constructor]bomb") (param $endless i32) (result i32)
    (call $new-bomb (i32.add (local.get $endless) (i32.const 1))))
  (func (export "acme:tricks/tricks@1.0.0#[method]bomb.tick") (param i32) (result i32) (i32.const 1))
  (func (export "acme:tricks/tricks@1.0.0#[method]bomb.trap") (param i32) (result i32) unreachable)

  (func (export "acme:tricks/tricks@1.0.0#[dtor]ghost") (param i32) (call $say (i32.const 76)))
  (func (export "acme:tricks/tricks@1.0.0#[constructor]ghost") (result i32)
    (global.set $ghost (call $new-ghost (i32.const 7)))
    (global.get $ghost))
  (func (export "acme:tricks/tricks@1.0.0#[method]ghost.vanish") (param i32) (result i32)
    (call $drop-ghost (global.get $ghost))
    (i32.const 1))
  (func (export "acme:tricks/tricks@1.0.0#[method]ghost.get") (param i32) (result i32) (local.get 0))
  (func (export "acme:tricks/tricks@1.0.0#[method]ghost.meet") (param i32 i32) (result i32)
    (call $say (i32.const 88))
    (local.get 0))
  (func (export "acme:tricks/tricks@1.0.0#[static]ghost.banish") (result i32)
    (local $new i32)
    (local.set $new (call $new-ghost (i32.const 8)))
    (call $drop-ghost (global.get $ghost))
    (local.get $new))

  (func (export "acme:tricks/tricks@1.0.0#[constructor]object") (result i32) (call $new-object (i32.const 1)))
  (func (export "acme:tricks/tricks@1.0.0#[method]object.constructor") (param i32) (result i32) (i32.const 11))
  (func (export "acme:tricks/tricks@1.0.0#[method]object.to-string") (param i32) (result i32) (i32.const 12))
  (func (export "acme:tricks/tricks@1.0.0#[method]object.value-of") (param i32) (result i32) (i32.const 13))
  (func (export "acme:tricks/tricks@1.0.0#[method]object.has-own-property") (param i32) (result i32) (i32.const 14))
  (func (export "acme:tricks/tricks@1.0.0#[method]object.then") (param i32) (result i32) (i32.const 15))

  (func (export "acme:tricks/tricks@1.0.0#fail") (result i32)
    (i32.store (i32.const 0) (i32.const 1))
    (i32.store (i32.const 4) (call $new-object (i32.const 1)))
    (i32.const 0))
  (func (export "acme:tricks/tricks@1.0.0#forge") (result i32) (i32.const 1000))
  (func (export "then") (result i32) (i32.const 16)))
