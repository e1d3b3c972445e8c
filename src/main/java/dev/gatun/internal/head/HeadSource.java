package dev.gatun.internal.head;

import java.io.Serializable;

/**
 * Says what is made of a head, so that another machine, which has the head, can make the same. Equal sources make the same:
 * what one has made is there for the next request.
 *
 * @param <S> what is made; any number of threads may use it
 */
public interface HeadSource<S> extends Serializable {

    /** Makes it of a head. */
    S of(HeadScores head);
}
