/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets for the network driver's tests: see traffic.h. */
#include "net/traffic.h"

#include <stdio.h>

static uint64_t
mix(uint64_t x)
{
	x = (x ^ (x >> 32)) * UINT64_C(0xd6e8feb86659fd93);
	x = (x ^ (x >> 32)) * UINT64_C(0xd6e8feb86659fd93);
	return x ^ (x >> 32);
}

/* A number below `n' that belongs to a packet and a purpose. */
static unsigned
choose(const struct traffic *tf, unsigned number, unsigned what, unsigned n)
{
	uint64_t x = tf->tf_seed * UINT64_C(0x9e3779b97f4a7c15) +
		     ((uint64_t)number << 20 | what);

	return (unsigned)(mix(x) >> 33) % n;
}

unsigned
traffic_length(const struct traffic *tf, unsigned number)
{
	unsigned max = tf->tf_maxlen, len = 0;

	switch (choose(tf, number, 0, 7)) {
	case 0:
		len = 1 + choose(tf, number, 1, 4);
		break;
	case 1:
		len = max;
		break;
	case 2:
		/* About a whole number of receive buffers. */
		len = (1 + choose(tf, number, 1, 4)) * NET_RXBYTES - 1 +
		      choose(tf, number, 2, 3);
		break;
	case 3:
		len = 1 + choose(tf, number, 1, max);
		break;
	default:
		len = 1 + choose(tf, number, 1, 1500);
		break;
	}
	if (len > max)
		len = 1 + len % max;
	return tf->tf_lossy && len < 4 ? 4 : len;
}

uint8_t
traffic_byte(const struct traffic *tf, unsigned number, unsigned at)
{
	if (tf->tf_lossy && at < 4)
		return (uint8_t)(number >> 8 * at);
	return (uint8_t)mix(tf->tf_seed + ((uint64_t)number << 32 | at));
}

static unsigned
part_length(const struct traffic *tf, unsigned number, unsigned part,
    unsigned parts, unsigned left, unsigned room)
{
	unsigned n;

	if (choose(tf, number, 100 + part, 6) == 0)
		return 0;
	n = 1 + choose(tf, number, 1000 + part, 2 * left / parts + 1);
	if (part + 1 >= parts || n > left)
		n = left;
	return n < room ? n : room;
}

struct mbuf *
traffic_make(const struct traffic *tf, unsigned number)
{
	unsigned len = traffic_length(tf, number), at = 0, part, i, n, skew;
	unsigned parts = 1 + choose(tf, number, 3, tf->tf_maxparts);
	struct mbuf *first = NULL, **link = &first, *m;

	for (part = 0; at < len; part++) {
		m = env_mget(tf->tf_mbufs);
		if (m == NULL) {
			env_mfree(tf->tf_mbufs, first);
			return NULL;
		}
		*link = m;
		link = &m->m_next;
		skew = choose(tf, number, 2000 + part, 70);
		n = part_length(
		    tf, number, part, parts, len - at, ENV_CLUSTER - skew);
		m->m_data += skew;
		m->m_len = (int)n;
		for (i = 0; i < n; i++, at++)
			m->m_data[i] = (char)traffic_byte(tf, number, at);
	}
	first->m_flags |= M_PKTHDR;
	first->m_pkthdr.len = (int)len;
	return first;
}

/* Which packet it is, where some may be missing. */
static unsigned
number_of(struct traffic *tf, const struct mbuf *m)
{
	unsigned number = 0, i;

	if (!tf->tf_lossy || m->m_len < 4)
		return tf->tf_got;
	for (i = 0; i < 4; i++)
		number |= (unsigned)(uint8_t)m->m_data[i] << 8 * i;
	if (number < tf->tf_got || number >= tf->tf_count)
		return tf->tf_got;
	tf->tf_lost += number - tf->tf_got;
	return number;
}

static void
check(struct traffic *tf, unsigned number, const struct mbuf *first)
{
	unsigned len = traffic_length(tf, number), at = 0;
	const struct mbuf *m;
	int i;

	for (m = first; m != NULL; m = m->m_next) {
		for (i = 0; i < m->m_len; i++, at++) {
			if (at < len && (uint8_t)m->m_data[i] !=
					    traffic_byte(tf, number, at)) {
				(void)snprintf(tf->tf_why, sizeof(tf->tf_why),
				    "packet %u: byte %u of %u is %#x", number,
				    at, len, (unsigned)(uint8_t)m->m_data[i]);
				return;
			}
		}
	}
	if (at != len || first->m_pkthdr.len != (int)len)
		(void)snprintf(tf->tf_why, sizeof(tf->tf_why),
		    "packet %u: %u bytes, said to be %d, not %u", number, at,
		    first->m_pkthdr.len, len);
}

void
traffic_input(void *arg, struct mbuf *m)
{
	struct traffic *tf = arg;
	unsigned number = number_of(tf, m);

	if (tf->tf_why[0] == '\0' && number >= tf->tf_count)
		(void)snprintf(
		    tf->tf_why, sizeof(tf->tf_why), "one packet too many");
	if (tf->tf_why[0] == '\0')
		check(tf, number, m);
	tf->tf_got = number + 1;
	env_mfree(tf->tf_mbufs, m);
}

bool
traffic_feed(struct traffic *tf, struct net_softc *sc)
{
	while (tf->tf_sent < tf->tf_count) {
		if (tf->tf_next == NULL)
			tf->tf_next = traffic_make(tf, tf->tf_sent);
		if (tf->tf_next == NULL || net_start(sc, tf->tf_next) != 0)
			return true;
		tf->tf_next = NULL;
		tf->tf_sent++;
	}
	return false;
}
