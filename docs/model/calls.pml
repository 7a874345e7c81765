/*
 * Copyright (c) 2026, chatapp.cams contributors
 * GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a run asks of the cloud: reads, and the two writes, each after the check of the deadline.
 */

mtype = { OK, LOST, REFUSED, THROTTLED };

#if defined(NO_DEADLINE) || defined(CHECK_BEFORE_INTENT)
#define DEADLINE_ALLOWS true
#else
#define DEADLINE_ALLOWS (age[me] == YOUNG)
#endif

/* The check of the deadline, and then the bytes. Without GAP the two are one step. */
#ifdef GAP
#define THEN_BYTES } atomic {
#else
#define THEN_BYTES
#endif

/* The API may accept an initiate again: no document says that it does not. */
#ifdef REFUSES_SECOND_INITIATE
#define ACCEPTS !initiated
#else
#define ACCEPTS true
#endif

inline send_initiate() {
    atomic {
        DEADLINE_ALLOWS;
        THEN_BYTES
        if
        :: ACCEPTS -> answer = OK; initiated = true; printf("%c sends the initiate: OK\n", 'A' + me)
#ifndef EVERY_ANSWER_OK
        :: answer = LOST; printf("%c sends the initiate: answer lost\n", 'A' + me);
            if
            :: initiated = true
            :: late = true /* not yet or never */
            fi
        :: answer = REFUSED; printf("%c sends the initiate: refused\n", 'A' + me)
        :: answer = THROTTLED; printf("%c sends the initiate: throttled\n", 'A' + me)
#endif
        fi;
        LEAVES_UNDER_ITS_LEASE
    }
}

inline send_code_request() {
    atomic {
        DEADLINE_ALLOWS;
        THEN_BYTES
        if
        :: answer = OK; code_requests++; printf("%c SENDS A CODE REQUEST, the %d. of this number\n", 'A' + me, code_requests)
#ifndef EVERY_ANSWER_OK
        :: answer = THROTTLED; printf("%c sends a code request: throttled\n", 'A' + me)
#endif
        fi;
        LEAVES_UNDER_ITS_LEASE;
        NO_SECOND_CODE
    }
}

/* What the cloud shows. In the main case a read may answer anything. */
inline read_cloud() {
    atomic {
#ifdef FAITHFUL_READS
        seen = initiated;
#else
        if
        :: seen = true
        :: seen = false
        fi;
#endif
        if
        :: seen -> printf("%c reads the number: initiated\n", 'A' + me)
        :: else -> printf("%c reads the number: absent\n", 'A' + me)
        fi
    }
}
