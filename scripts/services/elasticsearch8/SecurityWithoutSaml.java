package org.elasticsearch.xpack.security;

import java.util.List;
import org.elasticsearch.action.ActionRequest;
import org.elasticsearch.action.ActionResponse;
import org.elasticsearch.common.settings.Settings;

/** Users, API keys and TLS as they are; SAML's libraries are not on Maven Central. */
public class SecurityWithoutSaml extends Security {
    public SecurityWithoutSaml(Settings settings) {
        super(settings);
    }

    @Override
    public List<ActionHandler<? extends ActionRequest, ? extends ActionResponse>> getActions() {
        return super.getActions().stream()
            .filter(handler -> !handler.getTransportAction().getName().contains("Saml"))
            .toList();
    }
}
