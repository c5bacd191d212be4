;; Exports a resource. A counter is four bytes of memory, and its representation their address. Its destructor prints
;; `dropped N`, so that whoever runs this sees when it is called.
(module
  ;; include ../fragments/print-imports.wat
  (import "[export]acme:counting/counters@1.0.0" "[resource-new]counter" (func $new (param i32) (result i32)))
  (import "[export]acme:counting/counters@1.0.0" "[resource-rep]counter" (func $rep (param i32) (result i32)))
  (import "[export]acme:counting/counters@1.0.0" "[resource-drop]counter" (func $drop (param i32)))
  ;; include ../fragments/print.wat
  (data (i32.const 64) "dropped \00" "\n\00")
  (data (i32.const 80) "not a number")

  (func $make (param $start i32) (result i32)
    (local $at i32)
    (local.set $at (call $realloc (i32.const 0) (i32.const 0) (i32.const 4) (i32.const 4)))
    (i32.store (local.get $at) (local.get $start))
    (call $new (local.get $at)))

  (func (export "acme:counting/counters@1.0.0#[dtor]counter") (param $self i32)
    (call $say (i32.const 64))
    (call $print-number (i32.load (local.get $self)))
    (call $say (i32.const 73)))

  (func (export "acme:counting/counters@1.0.0#[constructor]counter") (param $start i32) (result i32)
    (call $make (local.get $start)))

  (func (export "acme:counting/counters@1.0.0#[method]counter.get") (param $self i32) (result i32)
    (i32.load (local.get $self)))

  (func $add (export "acme:counting/counters@1.0.0#[method]counter.add") (param $self i32) (param $by i32) (result i32)
    (i32.store (local.get $self) (i32.add (i32.load (local.get $self)) (local.get $by)))
    (i32.load (local.get $self)))

  (func (export "acme:counting/counters@1.0.0#[method]counter.take") (param $self i32) (param $other i32) (result i32)
    (local $moved i32)
    (local.set $moved (i32.load (local.get $other)))
    (i32.store (local.get $other) (i32.const 0))
    (call $add (local.get $self) (local.get $moved)))

  (func (export "acme:counting/counters@1.0.0#[method]counter.halve") (param $self i32) (result i32)
    (local $half i32)
    (local.set $half (i32.shr_u (i32.load (local.get $self)) (i32.const 1)))
    (i32.store (i32.const 0) (i32.const 0))
    (if (local.get $half)
      (then
        (i32.store (local.get $self) (i32.sub (i32.load (local.get $self)) (local.get $half)))
        (i32.store (i32.const 0) (i32.const 1))
        (i32.store (i32.const 4) (call $make (local.get $half)))))
    (i32.const 0))

  (func (export "acme:counting/counters@1.0.0#[static]counter.from-text") (param $at i32) (param $length i32) (result i32)
    (local $end i32)
    (local $value i32)
    (local $digit i32)
    (local.set $end (i32.add (local.get $at) (local.get $length)))
    (block $no-number
      (br_if $no-number (i32.eqz (local.get $length)))
      (loop $next
        (local.set $digit (i32.sub (i32.load8_u (local.get $at)) (i32.const 48)))
        (br_if $no-number (i32.gt_u (local.get $digit) (i32.const 9)))
        (local.set $value (i32.add (i32.mul (local.get $value) (i32.const 10)) (local.get $digit)))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br_if $next (i32.lt_u (local.get $at) (local.get $end))))
      (i32.store (i32.const 0) (i32.const 0))
      (i32.store (i32.const 4) (call $make (local.get $value)))
      (return (i32.const 0)))
    (i32.store (i32.const 0) (i32.const 1))
    (i32.store (i32.const 4) (i32.const 80))
    (i32.store (i32.const 8) (i32.const 12))
    (i32.const 0))

  ;; Takes a handle over: what it stands for is the value, and the handle goes.
  (func $consume (param $handle i32) (result i32)
    (local $value i32)
    (local.set $value (i32.load (call $rep (local.get $handle))))
    (call $drop (local.get $handle))
    (local.get $value))

  (func (export "acme:counting/counters@1.0.0#[static]counter.sum") (param $one i32) (param $other i32) (result i32)
    (call $make (i32.add (call $consume (local.get $one)) (call $consume (local.get $other)))))

  (func (export "acme:counting/counters@1.0.0#several") (param $starts i32) (param $count i32) (result i32)
    (local $made i32)
    (local $at i32)
    (local.set $made
      (call $realloc (i32.const 0) (i32.const 0) (i32.const 4) (i32.shl (local.get $count) (i32.const 2))))
    (i32.store (i32.const 0) (local.get $made))
    (i32.store (i32.const 4) (local.get $count))
    (block $done
      (loop $next
        (br_if $done (i32.eq (local.get $at) (i32.shl (local.get $count) (i32.const 2))))
        (i32.store (i32.add (local.get $made) (local.get $at))
          (call $make (i32.load (i32.add (local.get $starts) (local.get $at)))))
        (local.set $at (i32.add (local.get $at) (i32.const 4)))
        (br $next)))
    (i32.const 0))

  (func (export "acme:counting/counters@1.0.0#total") (param $all i32) (param $count i32) (result i32)
    (local $total i32)
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $count)))
        (local.set $total (i32.add (local.get $total) (i32.load (i32.load (local.get $all)))))
        (local.set $all (i32.add (local.get $all) (i32.const 4)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $next)))
    (local.get $total))

  (func (export "acme:counting/counters@1.0.0#close") (param $is-some i32) (param $it i32) (result i32)
    (if (result i32) (local.get $is-some)
      (then (call $consume (local.get $it)))
      (else (i32.const 0)))))
