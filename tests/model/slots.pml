/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How slots are parked, taken, given back and waited for, as a model for spin:
 * src/md/bounce/slots.c and place.c, src/mi/waitq.c and callback.c.
 *
 * Loads are of one slot or two, taken one after the other; the first stays with
 * the map when it is unloaded, parked.  The first WAITERS users wait; the
 * others don't, and have a callback, which notes that they may go on.  Each
 * loads and unloads ROUNDS times.
 *
 * What is done with the pool's lock held is one step, but for what is seen
 * without it: `scarce' is set in one and the parked slots are taken in another.
 * What an unload stores stands in a store buffer until it is let out: at any
 * time, or before the next access where there is a fence.
 *
 * What must hold: nobody stops for ever (an invalid end state); a slot has one
 * owner, and nobody takes while another stands before him (assertions).  That
 * all are served while others go on is seen in the same way: they end.
 *
 * A mistake each, which spin must find:
 *	NOFENCE     what was parked may be seen after `scarce' was looked at
 *	DRAINFIRST  `scarce' is set after the parked slots were taken
 *	NOTURN      who goes to sleep does not look whether something changed
 *	OWNCLEAR    `scarce' is cleared by a load that gives back what it took
 *	NOTELL      who leaves does not tell the next
 *	NOAGAIN     two that don't wait, in each other's way, both give up
 *	NOPASS      who failed before the turn of those that don't wait, and says
 *	            so in it, is taken for one that has tried in it
 *	NOGATE      anybody takes, whoever stands there
 *	NOXCHG      a parked slot is looked at, and then taken
 */
#ifndef WAITERS
#define WAITERS 2
#endif
#ifndef DRIVERS
#define DRIVERS 1
#endif
#define SLOTS 2
#ifndef ROUNDS
#define ROUNDS 2
#endif
#define ALL (WAITERS + DRIVERS)
#define NOBODY 255
#define DRIVER(i) ((i) >= WAITERS)

byte owner[SLOTS] = NOBODY; /* NOBODY: the pool */
bool parked[ALL];           /* as all see it */
byte first[ALL];            /* that slot */
bool scarce;                /* sl_short */
bool lock;

byte queue[ALL];   /* who stands there, the head first */
byte queued;
bool inqueue[ALL];
bool changed[ALL]; /* the turn is another than when this one failed */
bool asleep[ALL];
bool woken[ALL];
bool due;     /* the head is a callback, to be called */
bool running; /* it is being called */
bool failed;  /* and a load has failed meanwhile */
bool news;    /* and since then something has changed */
bool called[ALL];

/* Something has changed, and that is news for all but one. */
inline change(but)
{
	k = 0;
	do
	:: k < ALL ->
		changed[k] = changed[k] || k != but;
		k++
	:: else -> break
	od;
	news = true;
	k = 0
}

inline tell()
{
	if
	:: queued != 0 && DRIVER(queue[0]) -> due = true
	:: queued != 0 && !DRIVER(queue[0]) && asleep[queue[0]] ->
		asleep[queue[0]] = false;
		woken[queue[0]] = true
	:: else
	fi
}

inline append(x)
{
	queue[queued] = x;
	queued++;
	inqueue[x] = true
}

/* The head goes. */
inline remove()
{
	inqueue[queue[0]] = false;
	k = 1;
	do
	:: k < queued -> queue[k - 1] = queue[k]; k++
	:: else -> break
	od;
	queued--;
	queue[queued] = 0;
	due = false;
	change(NOBODY);
#ifndef NOTELL
	tell()
#endif
}

/* Out of the pool, if there is one. */
inline find()
{
	s = 0;
	do
	:: s < SLOTS && owner[s] != NOBODY -> s++
	:: else -> break
	od;
	if
	:: s < SLOTS -> owner[s] = i
	:: else -> s = NOBODY
	fi
}

/* The pool has it back; `who': from that load, which fails. */
inline give(slot, who)
{
	assert(owner[slot] == i);
	owner[slot] = NOBODY;
	change(who);
	tell();
	if
#ifdef OWNCLEAR
	:: queued == 0 -> scarce = false
#else
	:: queued == 0 && who == NOBODY -> scarce = false
#endif
	:: else
	fi
}

inline drain()
{
	j = 0;
	some = false;
	do
	:: j < ALL ->
		if
		:: parked[j] ->
			parked[j] = false;
			assert(owner[first[j]] == j);
			owner[first[j]] = NOBODY;
			some = true
		:: else
		fi;
		j++
	:: else -> break
	od;
	j = 0;
	if
	:: some -> change(NOBODY); tell()
	:: else
	fi;
	some = false
}

#define MAYPASS (DRIVER(i) && (passed || due))
#define INTURN (queued == 0 || queue[0] == i || passed)

/* A slot more for the load; s is NOBODY where there is none. */
inline take()
{
	atomic {
		!lock;
		may = queued == 0 || queue[0] == i || MAYPASS;
		passed = passed || (DRIVER(i) && queued != 0 && may);
#ifdef NOGATE
		may = true;
#endif
		s = NOBODY;
		if
		:: may ->
			find();
			assert(s == NOBODY || INTURN)
		:: else
		fi;
		if
		:: may && s == NOBODY ->
			lock = true;
#ifdef DRAINFIRST
			drain();
#else
			scarce = true;
#endif
		:: !may && !lacks ->
			lacks = true;
			changed[i] = false
		:: else
		fi
	}
	if
	:: lock && may && s == NOBODY ->
		atomic {
#ifdef DRAINFIRST
			scarce = true;
#else
			drain();
#endif
			find();
			if
			:: s == NOBODY && !lacks ->
				lacks = true;
				changed[i] = false
			:: else
			fi;
			lock = false
		}
	:: else
	fi
}

/* The slot stays with the map, unless they are scarce. */
inline park(for_)
{
	has = true;
#ifdef NOFENCE
	if
	:: parked[i] = true; look = scarce
	:: look = scarce; parked[i] = true
	fi;
#else
	parked[i] = true;
	look = scarce;
#endif
	if
	:: look ->
		atomic {
			!lock;
			if
			:: parked[i] ->
				parked[i] = false;
				give(first[i], for_)
			:: else
			fi;
			has = false
		}
	:: else
	fi;
	look = false
}

/* All that is due, where it may be called: it notes it. */
inline call()
{
	do
	:: atomic {
		due && !running && !lock ->
		running = true;
		failed = false;
		cb = queue[0]
	   }
	   called[cb] = true;
	   atomic {
		!lock;
		running = false;
		if
		:: failed -> due = news
		:: else -> remove()
		fi;
		cb = 0
	   }
	:: else -> break
	od
}

/* A load that does not wait has failed. */
inline arm()
{
	j = WAITERS;
	do
	:: j < ALL ->
		if
		:: running && queue[0] == j && (!failed || !passed) ->
			failed = true;
#ifdef NOPASS
			news = changed[i]
#else
			news = changed[i] || !passed
#endif
		:: else
		fi;
		if
		:: !inqueue[j] -> append(j)
		:: else
		fi;
		j++
	:: else -> break
	od;
	j = 0
}

/* It waits for no other, and something has changed; or it is open to it. */
#define FRESH (queued == 0 && changed[i])
#ifdef NOAGAIN
#define OPEN false
#else
#define OPEN (queued != 0 && due && !running && (changed[i] || !passed))
#endif

/* The load failed, and has nothing: when it is worth it, go on. */
inline stand()
{
	atomic {
		!lock;
		if
		:: DRIVER(i) ->
			stop = !(FRESH || OPEN);
			if
			:: stop -> called[i] = false; arm()
			:: else
			fi
		:: else ->
			if
			:: !inqueue[i] -> append(i)
			:: else
			fi;
#ifdef NOTURN
			stop = true;
#else
			stop = queue[0] != i || !changed[i];
#endif
			asleep[i] = stop
		fi;
		passed = false;
		lacks = false
	}
	if
	:: stop && !DRIVER(i) ->
		call();
		atomic { woken[i] -> woken[i] = false }
	:: stop && DRIVER(i) ->
		atomic { called[i] -> called[i] = false }
	:: else
	fi;
	stop = false
}

proctype user(byte i)
{
	byte round, want, k, j, s, more = NOBODY, cb;
	bool has, mine, may, passed, lacks, some, look, stop;

	do
	:: round == ROUNDS -> break
	:: else ->
		round++;
		if
		:: want = 1
		:: want = 2
		fi;
again:
		/* What was left on the map, if nobody has taken it. */
#ifdef NOXCHG
		mine = has && parked[i];
		parked[i] = false;
#else
		atomic {
			mine = has && parked[i];
			parked[i] = false
		}
#endif
		has = false;
		if
		:: !mine ->
			take();
			if
			:: s != NOBODY -> first[i] = s; mine = true
			:: else
			fi
		:: else
		fi;
		if
		:: mine && want == 2 ->
			take();
			more = s
		:: else
		fi;
		s = 0;
		if
		:: !mine || (want == 2 && more == NOBODY) ->
			/* It fails, and gives back what it has. */
			if
			:: mine -> mine = false; park(i)
			:: else
			fi;
			stand();
			goto again
		:: else
		fi;
		passed = false;
		lacks = false;
		if
		:: inqueue[i] && !DRIVER(i) ->
			atomic {
				!lock;
				assert(queue[0] == i);
				remove()
			}
			call()
		:: else
		fi;
		/* Loaded. */
		assert(owner[first[i]] == i);
		assert(more == NOBODY || owner[more] == i);
		if
		:: more != NOBODY ->
			atomic {
				!lock;
				give(more, NOBODY);
				more = NOBODY
			}
		:: else
		fi;
		mine = false;
		park(NOBODY);
		call()
	od
}

init {
	byte n;

	atomic {
		do
		:: n < ALL -> run user(n); n++
		:: else -> break
		od
	}
}
