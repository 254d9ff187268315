package org.elasticsearch.plugins;

import java.lang.reflect.Constructor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import org.elasticsearch.Build;
import org.elasticsearch.common.settings.Settings;

/** Takes plugin classes from the class path, where a node would look into its folder of modules. */
public class ClassPathPlugins extends PluginsService {
    private final List<LoadedPlugin> loaded;

    public ClassPathPlugins(
        Settings settings, Path config, PluginsLoader loader, List<Class<? extends Plugin>> classes) {
        super(settings, config, loader);
        List<LoadedPlugin> made = new ArrayList<>();
        for (Class<? extends Plugin> plugin : classes) {
            PluginDescriptor descriptor = new PluginDescriptor(
                plugin.getName(), "class path", "NA", Build.current().version(), "17", plugin.getName(), null,
                List.of(), false, false, false, false);
            made.add(new LoadedPlugin(
                descriptor, loadPlugin(plugin, settings, config), ClassPathPlugins.class.getClassLoader()));
        }
        loadExtensions(made);
        loaded = List.copyOf(made);
    }

    @Override
    protected List<LoadedPlugin> plugins() {
        return loaded == null ? List.of() : loaded;
    }

    /** A provider is made without arguments, or from the plugin that it wants; where that is not loaded, not at all. */
    @Override
    public <T> List<? extends T> loadServiceProviders(Class<T> service) {
        List<T> providers = new ArrayList<>();
        ServiceLoader.load(service, ClassPathPlugins.class.getClassLoader()).stream().forEach(provider -> {
            try {
                for (Constructor<?> constructor : provider.type().getConstructors()) {
                    if (constructor.getParameterCount() != 1) continue;
                    for (LoadedPlugin plugin : plugins()) {
                        if (constructor.getParameterTypes()[0].isInstance(plugin.instance())) {
                            providers.add(service.cast(constructor.newInstance(plugin.instance())));
                        }
                    }
                    return;
                }
                providers.add(provider.get());
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(e);
            }
        });
        return providers;
    }
}
