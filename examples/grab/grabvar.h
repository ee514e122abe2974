/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The frame grabber's driver, inside: what grab.c and grabmem.c share.
 */
#ifndef EXAMPLES_GRAB_GRABVAR_H
#define EXAMPLES_GRAB_GRABVAR_H

#include "grab/grab.h"

/* Memory of sc_framesize bytes and its table; the buffer is the user's. */
int grab_buffer_create(struct grab_softc *sc, struct grab_buffer *gb);
/* The grabber must have stopped.  The buffer's state doesn't matter. */
void grab_buffer_destroy(struct grab_softc *sc, struct grab_buffer *gb);

/* Give the frame's memory to the grabber. */
void grab_frame_give(struct grab_softc *sc, struct grab_buffer *gb);
/* Take it back, whether there is a frame in it or not. */
void grab_frame_take(struct grab_softc *sc, struct grab_buffer *gb);

#endif /* EXAMPLES_GRAB_GRABVAR_H */
